"""The server as its clients see it: over real pipes, with the echo provider behind it."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

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
def connect(environ: dict[str, str], tmp_path: Path) -> Connect:
    """Starts a gateway and connects the official client to it."""

    @asynccontextmanager
    async def connecting(mode: str = "legacy", **changes: str) -> AsyncIterator[Client]:
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "gateway", "serve"], env=environ | changes, cwd=str(tmp_path / "work")
        )
        (tmp_path / "work").mkdir(exist_ok=True)
        async with Client(stdio_client(parameters), mode=mode) as client:
            yield client

    return connecting
