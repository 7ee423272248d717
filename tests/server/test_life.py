"""The server process: how it starts, and how it ends."""

import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from .hearing import Ear

PATIENCE = 60.0
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Served:
    """A server process, and its client."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self._ear = Ear(process.stdout)

    async def say(self, words: bytes) -> None:
        await self.process.stdin.send_all(words + b"\n")

    async def call(self, number: int, method: str, **params: object) -> Any:
        """The answer to one request."""
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        await self.say(json.dumps(message).encode())
        while True:
            answer = json.loads(await self.line())
            if answer.get("id") == number:
                return answer["result"]

    async def line(self) -> bytes:
        return await self._ear.line()

    async def greet(self) -> None:
        await self.call(1, "initialize", **HELLO)
        await self.say(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    async def begin(self, prompt: str) -> str:
        """Start a job; its id."""
        arguments = {"prompt": prompt, "workingDir": "."}
        result = await self.call(2, "tools/call", name="echo_request_async", arguments=arguments)
        return json.loads(result["content"][0]["text"])["job"]["id"]

    async def ended(self, job: str) -> dict[str, Any]:
        """The job, when it has ended."""
        result = await self.call(3, "tools/call", name="llm_job_watch", arguments={"jobId": job})
        return json.loads(result["content"][0]["text"])["job"]


@pytest.fixture
async def served(warm: Any, environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Callable[[], Served]]:
    """Starts servers."""
    started = []

    def serve() -> Served:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        started.append(warm.start(["serve"], env=environ, cwd=str(tmp_path), **pipes))
        return Served(started[-1])

    with trio.fail_after(PATIENCE):
        yield serve
    for process in started:
        process.end()
        await process.stdin.aclose()
        await process.stdout.aclose()


async def test_it_ends_when_its_client_goes(served) -> None:
    server = served()
    await server.greet()
    await server.process.stdin.aclose()

    assert await server.process.wait() == 0


async def test_it_ends_when_it_is_told_to_although_the_client_stays(served) -> None:
    server = served()
    await server.greet()
    server.process.send_signal(signal.SIGTERM)

    assert await server.process.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_job_outlives_its_gateway(served, number: signal.Signals) -> None:
    first = served()
    await first.greet()
    job = await first.begin("ECHO:sleep=1 still here")
    first.process.send_signal(number)
    await first.process.wait()
    second = served()
    await second.greet()
    told = await second.ended(job)

    assert (told["status"], told["ending"], told["exitCode"]) == ("completed", "ok", 0)


async def test_whoever_says_what_is_no_message_is_told_so_and_served_on(served) -> None:
    server = served()
    await server.greet()
    await server.say(b'{"not": "a message"}')
    await server.say(b"this is no JSON")
    await server.say(rb'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "\ud800"}}')
    heard = [json.loads(await server.line()) for _ in range(3)]

    assert [(each["id"], each["error"]["code"]) for each in heard] == [
        (None, -32600),
        (None, -32700),
        (7, -32700),
    ]
    assert await server.call(9, "ping") == {}


async def test_every_file_of_the_state_is_private(served, environ: dict[str, str]) -> None:
    server = served()
    await server.greet()
    await server.ended(await server.begin("hello"))
    modes = {
        os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mode & 0o077
        for folder, folders, files in os.walk(environ["LLM_GATEWAY_STATE"])
        for name in (*folders, *files)
    }

    assert {path: mode for path, mode in modes.items() if mode} == {}
