"""What a shell offers for an argument at the tab key. Nothing where something is wrong: nobody has asked yet."""

import os
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from gateway.cli import local
from gateway.errors import GatewayError

MOST = 50
"""Jobs that are offered, the newest."""


def provider_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The providers."""
    found = ((name, each.info.title) for name, each in local.plugins(ctx).providers.items())
    return _beginning(incomplete, found)


def client_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The clients that ``gateway setup`` knows."""
    from gateway.service.clients import known_clients

    clients = known_clients(local.plugins(ctx)).items()
    return _beginning(incomplete, ((name, each.title) for name, each in clients if each.servers))


def job_ids(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The newest jobs, and what became of them."""
    from gateway.domain.caller import LOCAL
    from gateway.store import jobs
    from gateway.store.condition import looking

    try:
        with ctx.scope(cleanup=False):
            path = os.path.join(local.config().state, "gateway.db")
        if not os.path.exists(path):
            return []
        with looking(path) as connection:
            found = jobs.newest(connection, LOCAL.principal, MOST)
    except GatewayError:
        return []
    return _beginning(incomplete, ((job.id, f"{job.provider} {job.ending or job.status}") for job in found))


def _beginning(incomplete: str, found: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(value, help=told) for value, told in found if value.startswith(incomplete)]
