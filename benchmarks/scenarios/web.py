"""The same server over HTTP."""

import contextlib
import http.client
import os
import socket
import subprocess
import time
from typing import Any

import bare
import msgspec
from bench import Bench, Figures, scenario
from gateways import STAMP
from home import Home
from observed import command, forget, longest
from spread import told

TOKEN = "a-token-for-benchmarks-of-32-characters"
READY = 30.0
"""Seconds that the server has to begin to listen."""


class Client:
    """One connection that is kept, and one session on it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        self._number = 0

    def healthy(self) -> bool:
        with contextlib.suppress(OSError):
            self._connection.request("GET", "/healthz")
            return self._connection.getresponse().read() != b""
        self._connection.close()
        return False

    def post(self, method: str, params: dict[str, Any]) -> tuple[bytes, float]:
        """What is answered, and after how many milliseconds."""
        self._number += 1
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if not method.startswith("notifications/"):
            message["id"] = self._number
        begun = time.monotonic_ns()
        self._connection.request("POST", "/mcp", msgspec.json.encode(message), self._headers)
        response = self._connection.getresponse()
        body = response.read()
        took = (time.monotonic_ns() - begun) / 1e6
        if response.status >= 300:
            raise RuntimeError(f"{method}: {response.status} {body[:200]!r}")
        if session := response.headers.get("Mcp-Session-Id"):
            self._headers["Mcp-Session-Id"] = session
        return body, took

    def greet(self) -> None:
        client = {"name": "benchmarks", "version": "1"}
        self.post("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._headers["MCP-Protocol-Version"] = "2025-06-18"
        self.post("notifications/initialized", {})


@scenario(own=True)
def web(bench: Bench) -> Figures:
    """over HTTP: until the server listens, a list of jobs, and a request with a CLI of 1 ms beyond the bare CLI"""
    home = bench.home()
    gaps = os.path.join(home.folder, "gaps")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.monotonic()
    with open(home.log, "ab") as log:
        server = subprocess.Popen(
            command(gaps, "serve", "--http", f"127.0.0.1:{port}"),
            env={**home.environ(), "LLM_GATEWAY_AUTH_TOKEN": TOKEN},
            cwd=home.work,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        client = Client(port)
        while not client.healthy() and time.monotonic() - begun < READY:
            time.sleep(0.01)
        listening = time.monotonic() - begun
        asked = _asked(bench, client, home, gaps)
        return {"listening_ms": round(listening * 1000, 1)} | asked | longest(gaps)
    finally:
        server.terminate()
        server.wait(15)


def _asked(bench: Bench, client: Client, home: Home, gaps: str) -> Figures:
    client.greet()
    alone = bare.spawn_ms(home.cli, home.environ())
    lists, asks = [], []
    for number in range(bench.times(100) + 1):
        lists.append(client.post("tools/call", {"name": "llm_job_list", "arguments": {"limit": 5}})[1])
        asked = {"prompt": f"{number} [fake]", "forceRefresh": True}
        body, took = client.post("tools/call", {"name": "bench_request", "arguments": asked})
        if not STAMP.search(body):
            raise RuntimeError(f"no answer of the CLI in {body[:300]!r}")
        asks.append(took - alone)
        if number == 0:
            forget(gaps)  # everything is loaded
    return told("list", lists[1:]) | told("beyond", asks[1:])
