"""A client is answered by a server that cannot have imported the SDK yet."""

import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from .hearing import Ear

GATE = """\
import os, sys
open(os.environ["GATE"]).close()
sys.path.remove(os.path.dirname(os.path.dirname(__file__)))
del sys.modules["mcp_types"]
import mcp_types
"""
"""Types of the SDK that are not imported before somebody opens the gate."""


@pytest.fixture
def gated(environ: dict[str, str], tmp_path: Path, gate: Any) -> dict[str, str]:
    """An environment in which importing the SDK waits, once the module is there."""
    (tmp_path / "first").mkdir()
    return environ | {
        "PYTHONPATH": os.pathsep.join((str(tmp_path / "first"), environ["PYTHONPATH"])),
        "GATE": str(gate.path),
    }


class Client:
    """Says lines to a server and hears its lines."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._ear = Ear(process.stdout)

    async def ask(self, id: int, method: str, **params: object) -> dict:
        await self.say(id, method, **params)
        return await self.hear()

    async def say(self, id: int, method: str, **params: object) -> None:
        said = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        await self._process.stdin.send_all(json.dumps(said).encode() + b"\n")

    async def hear(self) -> dict:
        return json.loads(await self._ear.line())

    async def leave(self) -> tuple[bytes, int]:
        """Close the connection. What was still to be heard, and how the server ended."""
        await self._process.stdin.aclose()
        rest = self._ear.rest + b"".join([chunk async for chunk in self._process.stdout])
        return rest, await self._process.wait()


@asynccontextmanager
async def served(environ: dict[str, str], work: Path):
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "gateway", "serve"], stdin=-1, stdout=-1, env=environ, cwd=work
    )
    try:
        yield Client(process)
    finally:
        process.kill()


HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


async def test_the_first_questions_are_answered_before_the_sdk_is_there(gated, gate, work, tmp_path) -> None:
    async def asked(client: Client) -> list[dict]:
        return [
            await client.ask(0, "initialize", **HELLO),
            await client.ask(1, "tools/list"),
            await client.ask(2, "ping"),
        ]

    with trio.fail_after(120):
        async with served(gated, work) as client:
            slow = await asked(client)
            assert await client.leave() == (b"", 0)

        (tmp_path / "first" / "mcp_types").mkdir()
        (tmp_path / "first" / "mcp_types" / "__init__.py").write_text(GATE)
        async with served(gated, work) as client:
            quick = await asked(client)
            await client.say(4, "tools/call", name="session_list", arguments={})
            gate.open()
            called = await client.hear()
            assert await client.leave() == (b"", 0)

    assert quick == slow
    assert json.loads(called["result"]["content"][0]["text"])["total"] == 0
