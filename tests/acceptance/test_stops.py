"""A run that is stopped ends at once and altogether: with the real CLIs, and with what their shells have started."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import randrange
from typing import NamedTuple

import pytest
import trio

from .conftest import Serve
from .homes import Home
from .mock_api import MockApi, encode_command
from .real_clis import PROVIDERS
from .served import Served, at_home, processes, terminate

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the environment of processes is read from /proc"
)

PATIENCE = 120.0
GATEWAY = [sys.executable, "-m", "gateway", "serve"]


class Shell(NamedTuple):
    """A command that stays: as two processes, one of which has left for a session of its own."""

    prompt: str
    marks: tuple[str, str]
    """The arguments by which the two are known."""
    begun: tuple[Path, Path]
    """The pipes into which they write when they are there."""

    async def wait(self) -> None:
        """Return when both are there."""
        for pipe in self.begun:
            reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            try:
                await trio.lowlevel.wait_readable(reader)
            finally:
                os.close(reader)

    def left(self) -> list[str]:
        """What is still there."""
        return [line for mark in self.marks for line in processes(mark)]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    marks = (f"300.{randrange(10**9)}1", f"300.{randrange(10**9)}2")
    begun = (tmp_path / "begun1", tmp_path / "begun2")
    for pipe in begun:
        os.mkfifo(pipe)
    stays = [f"sh -c 'echo > {pipe}; exec sleep {mark}' &" for pipe, mark in zip(begun, marks, strict=True)]
    return Shell(encode_command(f"setsid {' '.join(stays)} wait"), marks, begun)


async def call_is_cancelled(served: Served, provider: str, shell: Shell) -> str:
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            await served.ask(provider, shell.prompt, **PROVIDERS[provider].full)

        nursery.start_soon(ask)
        await shell.wait()
        assert len(shell.left()) >= len(shell.marks)
        nursery.cancel_scope.cancel()
    (job,) = await served.jobs()
    return str(job["id"])


async def job_is_cancelled(served: Served, provider: str, shell: Shell) -> str:
    job = await served.begin(provider, shell.prompt, **PROVIDERS[provider].full)
    await shell.wait()
    assert len(shell.left()) >= len(shell.marks)
    await served.call("llm_job_cancel", jobId=job)
    return job


Stop = Callable[[Served, str, Shell], Awaitable[str]]


@pytest.mark.parametrize("stop", [call_is_cancelled, job_is_cancelled])
async def test_nothing_of_a_run_is_left_when(serve: Serve, provider: str, shell: Shell, stop: Stop):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            told = await served.ended(await stop(served, provider, shell))
            left = [process.cmdline() for process in at_home(served.home)]

    assert (told["status"], told["ending"], bool(told["sessionId"])) == ("canceled", "cancelled", True)
    assert (shell.left(), left) == ([], [GATEWAY])


async def test_run_ends_at_its_limit(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, "MOCK:hang", timeoutMs=1000)
            left = [process.cmdline() for process in at_home(served.home)]

    told = {name: answer.told[name] for name in ("ending", "errorCategory", "exitCode")}
    assert told == {"ending": "timeout", "errorCategory": "timeout", "exitCode": 124}
    assert left == [GATEWAY]


async def test_run_that_a_stranger_ends_is_no_success(serve: Serve, provider: str, mock: MockApi):
    mention = f"{randrange(10**9)} on the line"
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            job = await served.begin(provider, f"MOCK:hang {mention}")
            await trio.to_thread.run_sync(mock.wait_for_request, mention)
            terminate(job)
            told = await served.ended(job)

    assert told["ending"] == PROVIDERS[provider].stopped


async def test_answer_outlives_the_gateway(
    serve: Serve, provider: str, home: Callable[..., Home], mock: MockApi
):
    place = home(PROVIDERS[provider].cli)
    prompt = f"MOCK:slow=1 {place.folder.name} {randrange(10**9)}"
    with trio.fail_after(PATIENCE):
        async with serve(place) as first:
            job = await first.begin(provider, prompt)
            await trio.to_thread.run_sync(mock.wait_for_request, prompt)
            for process in at_home(place):
                if process.cmdline() == GATEWAY:
                    process.kill()
        async with serve(place) as second:
            told = await second.ended(job)
            answer = await second.answer(job)

    assert (told["ending"], told["exitCode"], bool(told["sessionId"])) == ("ok", 0, True)
    assert answer == "tick0 tick1 tick2 tick3 tick4 tick5 tick6 tick7 tick8 tick9 pong"


async def test_progress_tells_what_the_cli_does(serve: Serve, provider: str, tmp_path: Path):
    os.mkfifo(tmp_path / "go")
    go = os.open(tmp_path / "go", os.O_RDWR)
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)
        if "mock-tool-ran" in note:
            os.write(go, b"\n")

    command = encode_command(f"echo mock-tool-ran; read go < {tmp_path / 'go'}")
    if PROVIDERS[provider].tools_told_late:
        # Before the answer, where that takes its time.
        command += " MOCK:slow=1"
        os.write(go, b"\n")
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, command, hear, **PROVIDERS[provider].full)
    os.close(go)

    assert (answer.failed, answer.text.split()[-1]) == (False, "pong")
    assert [note for note in notes if "echo mock-tool-ran" in note] != []
