"""The HTTP server against the official programs of the protocol, and against bad manners."""

import json
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from .web import Web, environment, node_modules, run_node, start, typescript

SCENARIOS = {
    "2025-03-26": ("server-session-lifecycle",),
    "2025-06-18": ("server-initialize", "ping", "tools-list", "server-session-lifecycle"),
    "2025-11-25": (
        "server-initialize", "ping", "tools-list", "server-session-lifecycle", "server-sse-multiple-streams",
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "tools-list", "server-sse-multiple-streams", "dns-rebinding-protection", "http-header-validation"
    ),
}  # fmt: skip
"""By revision of the protocol, those that the suite has for it and that need no tools made for them."""
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
MANY = 500
GIB = 2**30
LITTLE = 64 * 2**20
"""Bytes that a server may gain over what was sent to it: what one request may have at most, and its copies."""
# The official client leaves the generators of its streams to the garbage collector, which complains of that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def ended(web: Web) -> int:
    """Ask a server to end, and how it did."""
    web.process.send_signal(signal.SIGTERM)
    return web.process.wait(10)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    served = start(tmp_path)
    yield served
    if served.process.returncode is None:
        ended(served)


@pytest.fixture
def open_web(tmp_path: Path) -> Iterator[Web]:
    """A server that asks for no token."""
    served = start(tmp_path, LLM_GATEWAY_AUTH_DISABLED="1")
    yield served
    ended(served)


@pytest.mark.parametrize("version", SCENARIOS)
def test_the_official_conformance_suite_passes(open_web: Web, tmp_path: Path, version: str) -> None:
    suite = node_modules() / ".bin" / "conformance"
    failed = {}
    for scenario in SCENARIOS[version]:
        args = ("server", "--url", open_web.url, "--scenario", scenario, "--spec-version", version)
        done = run_node(suite.resolve(), *args, folder=tmp_path)
        if done.returncode != 0 or ", 0 failed, 0 warnings" not in done.stdout:
            failed[scenario] = done.stdout + done.stderr

    assert failed == {}


def test_the_inspector_lists_and_calls_over_http(web: Web, tmp_path: Path) -> None:
    inspector = (node_modules() / ".bin" / "mcp-inspector").resolve()
    to = ("--cli", web.url, "--transport", "http", "--header", f"Authorization: Bearer {web.token}")
    listed = run_node(inspector, *to, "--method", "tools/list", folder=tmp_path)
    call = ("--method", "tools/call", "--tool-name", "echo_request", "--tool-arg", "prompt=hello")
    called = run_node(inspector, *to, *call, folder=tmp_path)

    assert "echo_request" in {tool["name"] for tool in json.loads(listed.stdout)["tools"]}
    assert json.loads(called.stdout)["content"][0]["text"] == "hello"


def test_the_inspector_lists_and_calls_over_stdio(tmp_path: Path) -> None:
    inspector = (node_modules() / ".bin" / "mcp-inspector").resolve()
    settings = [part for each in environment(tmp_path).items() for part in ("-e", "=".join(each))]
    to = ("--cli", sys.executable, "-m", "gateway", "serve", *settings)
    listed = run_node(inspector, *to, "--method", "tools/list", folder=tmp_path)
    call = ("--method", "tools/call", "--tool-name", "echo_request", "--tool-arg", "prompt=hello")
    called = run_node(inspector, *to, *call, folder=tmp_path)

    assert "echo_request" in {tool["name"] for tool in json.loads(listed.stdout)["tools"]}
    assert json.loads(called.stdout)["content"][0]["text"] == "hello"


@pytest.mark.parametrize(
    ("package", "mode", "version"),
    [("sdk", "legacy", None), ("client", "legacy", "2025-11-25"), ("client", "auto", "2026-07-28")],
)
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_official_typescript_clients_ask(
    web: Web, tmp_path: Path, package: str, mode: str, version: str | None, transport: str
) -> None:
    to = (web.url, web.token) if transport == "http" else (sys.executable, "-m", "gateway", "serve")
    seen = typescript(package, mode, *to, folder=tmp_path)

    assert "echo_request" in seen["tools"]
    assert seen["text"] == "hello from node"
    assert version in (None, seen["version"])


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_python_client_asks_and_hears_how_it_gets_on(web: Web, mode: str) -> None:
    notes = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        notes.append(message)

    headers = {"authorization": f"Bearer {web.token}"}
    with trio.fail_after(60):
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(web.url, http_client=http), mode=mode) as client,
        ):
            asked = {"prompt": "ECHO:tool=look ECHO:sleep=1 hello"}
            result = await client.call_tool("echo_request", asked, progress_callback=heard)

    assert "hello" in result.content[0].text
    assert notes


def test_malformed_connections_leave_the_server_serving(web: Web) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(MANY):
        with socket.create_connection(("127.0.0.1", web.port), timeout=0.1) as stream, suppress(OSError):
            stream.sendall(malformed(chance, web))
            if chance.random() < 0.5:
                stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):  # what was cut off has no answer, and the time is up
                pass
    answer = httpx2.get(web.url.replace("/mcp", "/healthz"), timeout=20)

    assert (answer.status_code, web.process.poll()) == (200, None), f"seed {seed}"


def malformed(chance: random.Random, web: Web) -> bytes:
    """Something that no client should send: valid requests that were damaged, and plain noise."""
    body = json.dumps(HELLO).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {web.token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
    ).encode()
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    upgrade = (
        b"GET /mcp HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    h2c = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: upgrade\r\nHTTP2-Settings: AA\r\n\r\n"
    cases = (
        bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400))),
        whole[: chance.randrange(1, len(whole))],
        b"".join(bytes([chance.randrange(256) if chance.random() < 0.02 else byte]) for byte in whole),
        whole.replace(b"Content-Length: ", b"Content-Length: -"),
        head + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nnonsense",
        head + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        upgrade + bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9))),
        upgrade.replace(b"13", b"99") + b"x",
        h2c + bytes(chance.randrange(256) for _ in range(40)),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(chance.randrange(256) for _ in range(60)),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        head.replace(b"Host: localhost\r\n", b"") + b"\r\n",
        head.replace(b"localhost", b"a, b, c") + b"\r\n",
        whole + whole[:40] + b"\0",
        b"GET /%c3%28/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    return chance.choice(cases)


@pytest.mark.parametrize("known", [True, False])
def test_a_body_without_end_costs_no_memory(web: Web, known: bool) -> None:
    sent, most, before = 0, 0, web.memory()
    chunk = b"%x\r\n" % 2**20 + b" " * 2**20 + b"\r\n"
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {web.token if known else 'no'}\r\n"
        "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    while sent < GIB:
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as stream:
            stream.sendall(head.encode())
            try:
                while sent < GIB:
                    stream.sendall(chunk)
                    sent += len(chunk)
                    most = max(most, web.memory())
            except OSError:  # it has answered and hung up: once more, from the beginning
                sent += len(chunk)

    assert most - before < LITTLE
    assert httpx2.get(web.url.replace("/mcp", "/healthz")).status_code == 200


def test_told_to_end_it_ends_with_streams_open_and_its_jobs_go_on(web: Web, tmp_path: Path) -> None:
    headers = {
        "authorization": f"Bearer {web.token}",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
    }
    with httpx2.Client(headers=headers, timeout=30, trust_env=False) as http:
        session = http.post(web.url, json=HELLO).headers["mcp-session-id"]
        named = headers | {"mcp-session-id": session}
        http.post(web.url, json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=named)
        listening = [threading.Thread(target=listen, args=(web.url, named), daemon=True) for _ in range(3)]
        waiting = [
            threading.Thread(target=listen, args=(web.url, named, call(number)), daemon=True)
            for number in range(3)
        ]
        for thread in (*listening, *waiting):
            thread.start()
        job = told(http.post(web.url, json=call(9, "_async"), headers=named).text)["job"]["id"]
        http.headers["mcp-session-id"] = session
        while len(tool(http, web.url, "llm_job_list")["jobs"]) < 4:
            pass
        began = time.monotonic()
        code = ended(web)
        took = time.monotonic() - began
    after = start(tmp_path)
    with httpx2.Client(headers=headers, timeout=30, trust_env=False) as http:
        http.headers["mcp-session-id"] = http.post(after.url, json=HELLO).headers["mcp-session-id"]
        listed = tool(http, after.url, "llm_job_list")["jobs"]
        endings = [
            tool(http, after.url, "llm_job_watch", jobId=each["id"])["job"]["ending"] for each in listed
        ]
    ended(after)

    assert (code, took < 3) == (0, True)
    assert job in [each["id"] for each in listed]
    assert endings == ["ok"] * 4


def call(number: int, kind: str = "") -> dict[str, object]:
    """A request that takes a while."""
    asked = {"name": f"echo_request{kind}", "arguments": {"prompt": f"ECHO:sleep=4 number {number}"}}
    return {"jsonrpc": "2.0", "id": number + 10, "method": "tools/call", "params": asked}


def listen(url: str, headers: dict[str, str], message: object = None) -> None:
    """Keep a stream open until the server ends it."""
    verb = "GET" if message is None else "POST"
    with (
        suppress(httpx2.HTTPError),
        httpx2.Client(timeout=30, trust_env=False) as http,
        http.stream(verb, url, headers=headers, json=message) as answer,
    ):
        for _ in answer.iter_raw():
            pass


def tool(http: httpx2.Client, url: str, name: str, **arguments: object) -> dict[str, Any]:
    """What a tool answers."""
    asked = {"name": name, "arguments": arguments}
    return told(
        http.post(url, json={"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}).text
    )


def told(stream: str) -> dict[str, Any]:
    """The structured content of a stream's last event."""
    data = [line for line in stream.splitlines() if line.startswith("data: {")]
    content: dict[str, Any] = json.loads(data[-1].removeprefix("data: "))["result"]["structuredContent"]
    return content
