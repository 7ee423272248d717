"""``gateway serve``."""

import logging
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, get_args

import click

from gateway.cli import imports, local
from gateway.cli.early import memory_of
from gateway.cli.main import Interrupt, run_until_told
from gateway.config import Config, Profile
from gateway.server.bootstrap import Early, divert

if TYPE_CHECKING:
    from gateway.server.app import Leave
    from gateway.service.gateway import Gateway

    Serve = Callable[[Gateway, Callable[[Leave], None]], Awaitable[None]]


@click.command("serve")
@click.option(
    "--http",
    "listen",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[HOST:PORT]",
    help="Serve MCP over HTTP instead, at /mcp of this address.  [default: 127.0.0.1:3333]",
)
@click.option(
    "--transport", type=click.Choice(["stdio", "http"]), hidden=True, help="As version 1.7.0 said it."
)
@click.option(
    "--profile", type=click.Choice(get_args(Profile)), help="The tools to offer; before LLM_GATEWAY_PROFILE."
)
@click.pass_context
def command(
    ctx: click.Context, *, listen: str | None, transport: str | None, profile: Profile | None
) -> None:
    """Serve MCP over standard input and output, or over HTTP."""
    early: Early | None = ctx.obj
    memory = early.memory if early else memory_of(sys.argv[1:])
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.INFO))
    plugins = local.plugins(ctx)
    for finding in plugins.findings:
        logging.getLogger("gateway").warning("%s", finding.message)
    config = local.config()
    http = listen is not None or (transport or config.transport) == "http"
    with imports.kept():
        serving = _http(config, listen or "") if http else _stdio(early or Early(memory, divert()))

    changes = {"profile": profile} if profile else {}

    async def serve(interrupt: Interrupt) -> None:
        async with local.gateway(plugins, **changes) as gateway:
            await serving(gateway, lambda leave: setattr(interrupt, "gently", leave))

    run_until_told(serve)


def _stdio(early: Early) -> "Serve":
    from gateway.server.app import serve_stdio

    return partial(serve_stdio, early=early)


def _http(config: Config, listen: str) -> "Serve":
    from gateway.server.http import serve_http
    from gateway.service.door import door

    logging.getLogger("mcp").setLevel(logging.WARNING)  # it tells each session's id
    return partial(serve_http, opened=door(config, listen))
