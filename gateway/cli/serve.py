"""``gateway serve``."""

import logging

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run_until_told


@click.command("serve")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve MCP over standard input and output."""
    from gateway.server.app import serve_stdio

    root = logging.getLogger()
    root.setLevel(min(root.level, logging.INFO))
    plugins = local.plugins(ctx)
    for finding in plugins.findings:
        logging.getLogger("gateway").warning("%s", finding.message)

    async def serve(interrupt: Interrupt) -> None:
        async with local.gateway(plugins) as gateway:
            await serve_stdio(gateway, lambda leave: setattr(interrupt, "gently", leave))

    run_until_told(serve)
