"""The server as its clients see it, with the echo provider behind it.

`connect` joins the official client to a server in this process; `spawned` to one in a process of its own, over pipes.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from gateway.config import named_plugins, read_config
from gateway.plugin.manager import load
from gateway.server.app import make_server
from gateway.service.gateway import open_gateway

Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home of the test's own, and no provider but echo."""
    return {
        "HOME": str(tmp_path),
        "PATH": os.defpath,
        "LLM_GATEWAY_STATE": str(tmp_path / "state"),
        "GATEWAY_PLUGINS": "gateway.testing.echo",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The directory that the gateway is started in."""
    (tmp_path / "work").mkdir(exist_ok=True)
    return tmp_path / "work"


@pytest.fixture
def connect(environ: dict[str, str], work: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Opens a gateway and joins the official client to its server."""
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def connecting(mode: str = "legacy", **changes: str) -> AsyncIterator[Client]:
        seen = environ | changes
        plugins = load(named_plugins(seen))
        async with (
            open_gateway(read_config(seen), plugins, seen) as gateway,
            Client(make_server(gateway), mode=mode) as client,
        ):
            yield client

    return connecting


@pytest.fixture
def spawned(environ: dict[str, str], work: Path) -> Connect:
    """Starts a server and joins the official client to it over its standard input and output."""

    @asynccontextmanager
    async def connecting(mode: str = "legacy", **changes: str) -> AsyncIterator[Client]:
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "gateway", "serve"], env=environ | changes, cwd=str(work)
        )
        async with Client(stdio_client(parameters), mode=mode) as client:
            yield client

    return connecting
