"""The ``gateway`` command."""

import logging
import os
import signal
import sys

import click
import trio

from gateway import __version__
from gateway.config import named_plugins, read_config
from gateway.plugin.manager import load
from gateway.service.gateway import open_gateway


@click.group()
@click.version_option(__version__)
def main() -> None:
    """One door to many AI coding CLIs."""
    level = logging.DEBUG if os.environ.get("DEBUG") else logging.INFO
    logging.basicConfig(stream=sys.stderr, level=level, format="[%(levelname)s] %(asctime)s - %(message)s")


@main.command()
def serve() -> None:
    """Serve MCP over standard input and output."""
    from gateway.server.app import serve_stdio

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_told, nursery.cancel_scope)
            plugins = load(named_plugins(os.environ))
            for finding in plugins.findings:
                logging.getLogger("gateway").warning("%s", finding.message)
            async with open_gateway(read_config(os.environ), plugins, os.environ) as gateway:
                await serve_stdio(gateway)
            nursery.cancel_scope.cancel()

    trio.run(run)


async def _until_told(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()
            return
