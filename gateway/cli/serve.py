"""``gateway serve``."""

import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, get_args

import click

from gateway.cli import imports, local
from gateway.cli.early import memory_of
from gateway.cli.main import Interrupt, run_until_told
from gateway.config import Config, Profile
from gateway.errors import GatewayError
from gateway.server.bootstrap import Early, divert
from gateway.server.refusal import refuse
from gateway.server.remembered import Memory

if TYPE_CHECKING:
    from gateway.server.app import Leave
    from gateway.service.gateway import Gateway

    Serve = Callable[[Gateway, Callable[[Leave], None]], Awaitable[None]]


RARELY = (2000, 10, 100)
"""Objects made and not freed until the young ones are searched for garbage, and how many such searches until the older
ones are, and the oldest. A running job has a hundred objects and hardly ever leaves garbage: to search through those of
500 jobs takes 20 ms, which nobody is to wait for often."""


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
    memory = ctx.obj.memory if ctx.obj else memory_of(sys.argv[1:])
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.INFO))
    with ExitStack() as start:
        if listen is None and transport != "http":
            start.push(partial(_tell_client, ctx, memory))
        plugins = local.plugins(ctx)
        for finding in plugins.findings:
            logging.getLogger("gateway").warning("%s", finding.message)
        config = local.config()
        http = listen is not None or (transport or config.transport) == "http"
        if http:
            start.pop_all()
        with imports.kept():
            serving = _http(config, listen or "") if http else _stdio(_early(ctx, memory))
        gc.set_threshold(*RARELY)
        changes = {"profile": profile} if profile else {}

        async def serve(interrupt: Interrupt) -> None:
            async with local.gateway(plugins, **changes) as gateway:
                start.pop_all()
                await serving(gateway, lambda leave: setattr(interrupt, "gently", leave))

        run_until_told(serve)


def _early(ctx: click.Context, memory: Memory) -> Early:
    """What has begun with the client at standard input, or begins now."""
    ctx.obj = ctx.obj or Early(memory, divert())
    early: Early = ctx.obj
    return early


def _tell_client(
    ctx: click.Context,
    memory: Memory,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    """What ends a start is told on stderr and then to the client, who may have been answered already."""
    if isinstance(error, Exception):
        hint = error.hint if isinstance(error, GatewayError) else "See what it wrote to its standard error."
        reason = f"The gateway could not start: {error or kind}\n{hint}\nThen connect again."
        ctx.find_root().call_on_close(partial(refuse, _early(ctx, memory), reason))


def _stdio(early: Early) -> "Serve":
    from gateway.server.app import serve_stdio

    return partial(serve_stdio, early=early)


def _http(config: Config, listen: str) -> "Serve":
    from gateway.server.http import serve_http
    from gateway.service.door import door

    logging.getLogger("mcp").setLevel(logging.WARNING)  # it tells each session's id
    return partial(serve_http, opened=door(config, listen))
