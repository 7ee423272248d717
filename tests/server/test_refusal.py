"""A start that fails: whoever has been answered already, or waits, is told why."""

import json
import os
import subprocess
import threading
from types import SimpleNamespace

import pytest
import trio

from gateway.server.bootstrap import Early
from gateway.server.refusal import refuse

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def line(method: str, id: object = None, **params: object) -> bytes:
    said = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})
    return json.dumps(said).encode() + b"\n"


class Pipes:
    """A client at the other end of two pipes, and the beginning of its connection."""

    def __init__(self) -> None:
        incoming, self.says = os.pipe()
        self.hears, outgoing = os.pipe()
        self.early = Early(SimpleNamespace(answers={"2025-06-18 initialize": "{}"}), (incoming, outgoing))

    def heard(self) -> list[tuple[object, object]]:
        """What is heard until the pipe closes: an id, and the error or nothing."""
        os.close(self.early.outgoing)
        with open(self.hears, "rb") as file:
            frames = [json.loads(frame) for frame in file]
        return [(frame["id"], frame.get("error")) for frame in frames]


TOLD = {"code": -32603, "message": "why"}


def test_what_is_open_and_what_comes_is_answered_and_what_was_answered_is_not() -> None:
    client = Pipes()
    os.write(client.says, line("initialize", 0, **HELLO) + line("tools/call", "a") + b"[\n")
    first = os.read(client.hears, 65536)
    refusing = threading.Thread(target=refuse, args=(client.early, "why"))
    refusing.start()
    second = os.read(client.hears, 65536)
    os.write(client.says, line("notifications/x") + line("ping", 7)[:9])
    os.write(client.says, line("ping", 7)[9:] + line("resources/list", 8))
    os.close(client.says)
    refusing.join(30)

    assert json.loads(first) == {"jsonrpc": "2.0", "id": 0, "result": {}}
    assert json.loads(second) == {"jsonrpc": "2.0", "id": "a", "error": TOLD}
    assert client.heard() == [(7, TOLD), (8, TOLD)]


def test_a_client_that_stays_is_left_after_a_while() -> None:
    client = Pipes()
    os.write(client.says, line("tools/call", 1))
    refuse(client.early, "why", patience=0.05)

    assert client.heard() == [(1, TOLD)]


@pytest.mark.parametrize("broken", ["config.toml", "state/gateway.db"])
async def test_a_server_that_cannot_start_tells_its_client_and_its_stderr(
    warm, environ, tmp_path, broken: str
) -> None:
    (tmp_path / "config.toml").write_text("")
    environ["LLM_GATEWAY_CONFIG"] = str(tmp_path / "config.toml")
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / broken).write_text("[ what is neither TOML nor SQLite")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = warm.start(["serve"], env=environ, cwd=str(tmp_path), **pipes)
    with trio.fail_after(60):
        await process.stdin.send_all(line("initialize", 0, **HELLO))
        heard = json.loads(await process.stdout.receive_some())
        await process.stdin.aclose()
        told = b"".join([each async for each in process.stderr]).decode()
        ended = await process.wait()

    assert ended != 0
    assert broken.rpartition("/")[2] in told
    assert heard["error"]["message"].startswith("The gateway could not start: ")
    assert broken.rpartition("/")[2] in heard["error"]["message"]
