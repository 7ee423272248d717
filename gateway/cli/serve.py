"""``gateway serve``."""

import logging
from typing import get_args

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run_until_told
from gateway.config import Profile


@click.command("serve")
@click.option(
    "--profile", type=click.Choice(get_args(Profile)), help="The tools to offer; before LLM_GATEWAY_PROFILE."
)
@click.pass_context
def command(ctx: click.Context, profile: Profile | None) -> None:
    """Serve MCP over standard input and output."""
    from gateway.server.app import serve_stdio

    root = logging.getLogger()
    root.setLevel(min(root.level, logging.INFO))
    plugins = local.plugins(ctx)
    for finding in plugins.findings:
        logging.getLogger("gateway").warning("%s", finding.message)

    changes = {"profile": profile} if profile else {}

    async def serve(interrupt: Interrupt) -> None:
        async with local.gateway(plugins, **changes) as gateway:
            await serve_stdio(gateway, lambda leave: setattr(interrupt, "gently", leave))

    run_until_told(serve)
