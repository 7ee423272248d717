"""The programs that may be our clients, and what their patience means for requests."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from gateway.config import Config
from gateway.domain.probes import Finding
from gateway.plugin.manager import Plugins
from gateway.service.patience import CLIENTS, patience


class ClientReport(Struct, frozen=True, kw_only=True):
    """A program that may be our client, and how long it waits for an answer."""

    name: str
    call_limit_seconds: float | None
    handed_over_after_seconds: float | None
    meaning: str


def clients(config: Config, plugins: Plugins) -> list[ClientReport]:
    """The known clients, and what their patience means for requests."""
    known = [provider.info.client for provider in plugins.providers.values() if provider.info.client]
    limits = {name: each.call_limit for each in known for name in each.names} | CLIENTS
    return [_client(name, limit, patience(config, plugins, name)) for name, limit in sorted(limits.items())]


def _client(name: str, limit: float | None, ours: float | None) -> ClientReport:
    gives_up = (
        "how long it waits is not known" if limit is None else f"it gives up on a call after {limit:g} s"
    )
    handed = "requests never" if ours is None else f"requests that take longer than {ours:g} s"
    meaning = f"{gives_up}; {handed} become jobs that llm_job_result answers"
    return ClientReport(name=name, call_limit_seconds=limit, handed_over_after_seconds=ours, meaning=meaning)


def of_clients(reports: Iterable[ClientReport]) -> Iterator[Finding]:
    """The clients that would give up before they are answered."""
    for each in reports:
        limit, ours = each.call_limit_seconds, each.handed_over_after_seconds
        if limit is not None and (ours is None or ours > limit):
            told = f"{each.name} gives up after {limit:g} s, before a long request is handed over as a job."
            remedy = (
                "Remove sync_deadline_ms from the configuration and SYNC_DEADLINE_MS from the environment."
            )
            yield Finding("clients", told, remedy)
