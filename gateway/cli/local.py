"""What the commands find at this machine: the configuration, the plugins, the database, the gateway."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from gateway.cli.output import complain
from gateway.config import Config, Configured, config_path, configured, named_plugins
from gateway.domain.caller import Caller
from gateway.errors import InvalidRequest
from gateway.rules.tracing import trace_context

if TYPE_CHECKING:
    from gateway.plugin.manager import Plugins
    from gateway.service.gateway import Gateway
    from gateway.store.database import Database


def configuration() -> Configured:
    """The configuration of whoever runs the command and where it comes from, read once for each command line."""
    meta = click.get_current_context().meta
    if "gateway.config" not in meta:
        meta["gateway.config"] = found = configured(os.environ)
        for finding in found.findings:
            complain(f"Warning: {finding.message}", finding.remedy)
    known: Configured = meta["gateway.config"]
    return known


def config() -> Config:
    """The configuration of whoever runs the command."""
    return configuration().config


def providers_folder() -> str:
    """Where the user's ``NAME.toml`` files lie that declare providers."""
    from gateway.plugin.discovery import declared_folder

    return declared_folder(config_path(os.environ))


def plugins(ctx: click.Context) -> "Plugins":
    """The plugins, loaded once for each command line."""
    from gateway.plugin.discovery import declarations
    from gateway.plugin.manager import load

    if "gateway.plugins" not in ctx.meta:
        declared = declarations(providers_folder())
        ctx.meta["gateway.plugins"] = load(named_plugins(os.environ), declared=declared)
    found: Plugins = ctx.meta["gateway.plugins"]
    return found


def warn_of_broken(found: "Plugins") -> None:
    """Say on stderr which plugins could not be loaded."""
    for finding in found.findings:
        complain(f"Warning: {finding.message}", "See `gateway plugins`.")


def require_database() -> None:
    """Refuse to look for something where nothing is kept."""
    backend = config().persistence.backend
    if backend == "sqlite":
        return
    from gateway.config.origins import settings

    (origin,) = (each.origin for each in settings(configuration()) if each.key == "persistence.backend")
    kept = (
        "Nothing is kept"
        if backend == "none"
        else "What is kept is in the gateway that runs, and goes with it"
    )
    raise InvalidRequest(f"{kept}: the backend is {backend!r}.", hint=f"That is set by {origin}.")


@asynccontextmanager
async def database() -> "AsyncIterator[Database]":
    """The database alone, for commands that only look things up."""
    from gateway.store.database import open_database

    require_database()
    async with open_database(os.path.join(config().state, "gateway.db")) as opened:
        yield opened


def gateway(found: "Plugins", **changes: Any) -> "AbstractAsyncContextManager[Gateway]":
    """A whole gateway, for commands that run, follow or stop something; ``changes`` are to its configuration."""
    from gateway.service.gateway import open_gateway

    return open_gateway(replace(config(), **changes), found, os.environ)


def caller() -> Caller:
    """Whoever started the command; the environment may tell which trace that is part of."""
    told = {name: os.environ.get(name.upper()) for name in ("traceparent", "tracestate")}
    return Caller(trace=trace_context(told))


def environ() -> dict[str, str]:
    """What a gateway that we start as another process gets to see: all that we see."""
    return dict(os.environ)
