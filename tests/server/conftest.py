"""The server as its clients see it, with the echo provider behind it.

`connect` joins the official client to a server in this process; `spawned` to one in a process of its own, over pipes;
`online` opens an HTTP server in this process, at a port of this machine.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import trio
from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from msgspec.structs import replace

from gateway import ProviderInfo, hookimpl
from gateway.config import Http, named_plugins, read_config
from gateway.host.tokens import read_token
from gateway.plugin.manager import load
from gateway.server.app import make_server
from gateway.server.connections import serve_connections
from gateway.server.http import HttpServer
from gateway.server.spec import Answer, ToolSpec
from gateway.service.door import door
from gateway.service.gateway import Gateway, open_gateway

from .wire import PATIENCE, joined

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


@pytest.fixture(autouse=True)
def _nothing_left_running(environ: dict[str, str], end_jobs: Callable[[str], None]) -> Iterator[None]:
    yield
    end_jobs(environ["LLM_GATEWAY_STATE"])


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The directory that the gateway is started in."""
    (tmp_path / "work").mkdir(exist_ok=True)
    return tmp_path / "work"


@pytest.fixture
def connect(
    environ: dict[str, str], work: Path, acquainted: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Connect:
    """Opens a gateway and joins the official client to its server."""
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def connecting(
        mode: str = "legacy", elicitation_callback: ElicitationFnT | None = None, **changes: str
    ) -> AsyncIterator[Client]:
        seen = environ | changes
        config, plugins = read_config(seen), load(named_plugins(seen))
        if config.persistence.backend == "sqlite":
            acquainted(config.state)
        async with (
            open_gateway(config, plugins, seen) as gateway,
            Client(make_server(gateway), mode=mode, elicitation_callback=elicitation_callback) as client,
        ):
            yield client

    return connecting


@pytest.fixture
def spawned(environ: dict[str, str], work: Path, acquainted: Callable[[str], None]) -> Connect:
    """Starts a server and joins the official client to it over its standard input and output."""

    @asynccontextmanager
    async def connecting(mode: str = "legacy", **changes: str) -> AsyncIterator[Client]:
        seen = environ | changes
        acquainted(seen["LLM_GATEWAY_STATE"])
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "gateway", "serve"], env=seen, cwd=str(work)
        )
        async with Client(stdio_client(parameters), mode=mode) as client:
            yield client

    return connecting


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


class Site:
    """A served gateway, and the ways to it."""

    def __init__(self, gateway: Gateway, address: str, token: str) -> None:
        self.gateway = gateway
        self.address = address
        self.token = token

    @asynccontextmanager
    async def client(self, token: str = "", mode: str = "legacy") -> AsyncIterator[Client]:
        """The official client, by whatever token."""
        headers = {"authorization": f"Bearer {token or self.token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(f"{self.address}/mcp", http_client=http), mode=mode) as client,
        ):
            yield client

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as http:
            return await http.get(f"{self.address}{path}", **more)

    async def post(
        self, message: object, token: str = "", session: str = "", path: str = "/mcp"
    ) -> httpx2.Response:
        """What a message is answered, without a client in between. Bytes and generators are sent as they are."""
        headers = {"authorization": f"Bearer {token or self.token}", "content-type": "application/json"}
        headers["accept"] = "application/json, text/event-stream"
        if session:
            headers["mcp-session-id"] = session
        raw = isinstance(message, bytes) or hasattr(message, "__aiter__")
        content = message if raw else msgspec.json.encode(message)
        async with httpx2.AsyncClient(trust_env=False) as http:
            return await http.post(f"{self.address}{path}", content=content, headers=headers)

    async def session(self, token: str = "", path: str = "/mcp") -> str:
        """The id of a new session."""
        answer = await self.post(HELLO, token, path=path)
        assert answer.status_code == 200
        return str(answer.headers["mcp-session-id"])

    async def raw(self) -> trio.SocketStream:
        """A bare connection."""
        return await trio.open_tcp_stream("127.0.0.1", int(self.address.rpartition(":")[2]))


Online = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture
def online(
    environ: dict[str, str], work: Path, acquainted: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Online:
    """Opens a gateway and serves it over HTTP; keyword arguments are keys of ``[http]``."""
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def serving(workspaces: dict[str, str] | None = None, **http: Any) -> AsyncIterator[Site]:
        config = replace(read_config(environ), http=Http(**http), workspaces=workspaces or {})
        acquainted(config.state)
        opened, over = door(config, "127.0.0.1:0"), trio.Event()
        async with open_gateway(config, load(named_plugins(environ)), environ) as gateway:
            server = HttpServer(gateway, opened)
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            port = listeners[0].socket.getsockname()[1]
            async with server.clients.run(), trio.open_nursery() as nursery:
                most = opened.http.connections
                nursery.start_soon(partial(serve_connections, server.app, listeners, most=most, until=over))
                with trio.fail_after(PATIENCE):
                    yield Site(gateway, f"http://127.0.0.1:{port}", read_token(config.state) or "")
                over.set()

    return serving


class Isolating:
    """A plugin, in the place of a module, that makes Echo one whose MCP servers are known."""

    @hookimpl(wrapper=True)
    def gateway_provider(self):
        info: ProviderInfo = yield
        return replace(info, capabilities=replace(info.capabilities, isolates_mcp=True))


@pytest.fixture
def asking(tmp_path, monkeypatch):
    """What makes a gateway ask before it denies; or not, where it is told so. ``wait`` is how long for an answer."""
    monkeypatch.setitem(sys.modules, "isolating", Isolating())

    def changes(*, asks: bool = True, wait: float = 600) -> dict[str, str]:
        config = tmp_path / "asking.toml"
        config.write_text(f"ask_for_approval = {json.dumps(asks)}\n[limits]\nanswer_wait = {wait}\n")
        return {"GATEWAY_PLUGINS": "gateway.testing.echo,isolating", "LLM_GATEWAY_CONFIG": str(config)}

    return changes


@pytest.fixture
def ann_asks(environ, work, monkeypatch, asking):
    """A client of the newer protocol that makes its calls by hand; ``answer`` is a tool in place of all others."""
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def opening(answer: Answer | None = None, *, asks: bool = True, wait: float = 600, **changes: str):
        seen = environ | asking(asks=asks, wait=wait) | changes
        name, schema = "echo_request", {"type": "object"}
        spec = answer and ToolSpec(name=name, title="", description="", schema=schema, answer=answer)
        async with (
            open_gateway(read_config(seen), load(named_plugins(seen)), seen) as gateway,
            joined(gateway, "ann", spec and {name: spec}) as session,
        ):
            yield session

    return opening


@pytest.fixture
async def ann(ann_asks):
    async with ann_asks() as session:
        yield session
