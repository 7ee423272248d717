"""The command line on a state folder of its own, with the echo provider alone."""

import os
import pty
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from click.testing import CliRunner, Result

import gateway
from gateway.cli.main import main

Invoke = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What the command's environment has beside ours."""
    return {
        "HOME": str(tmp_path),
        "GATEWAY_PLUGINS": "gateway.testing.echo",
        "LLM_GATEWAY_STATE": str(tmp_path / "state"),
        "LLM_GATEWAY_CONFIG": str(_empty(tmp_path / "config.toml")),
        "ECHO_HOME": str(tmp_path / "echo"),
        "PYTHONPATH": str(Path(gateway.__file__).parent.parent),
    }


def _empty(path: Path) -> Path:
    path.touch()
    return path


@pytest.fixture
def invoke(environ: dict[str, str], acquainted: Callable[[str], None]) -> Invoke:
    """Runs a command line in this process."""

    def run(*args: str, stdin: str | bytes | None = None) -> Result:
        if "ask" in args and "LLM_GATEWAY_STATE" in environ:
            acquainted(environ["LLM_GATEWAY_STATE"])
        return CliRunner().invoke(main, args, input=stdin, env=environ)

    return run


@pytest.fixture
def started(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], object]]:
    """Waits until an echo has begun to run: it then writes its session's name into a pipe of ours."""
    home = tmp_path / "echo"
    home.mkdir()
    os.mkfifo(home / "latest")

    async def wait() -> str:
        return await trio.to_thread.run_sync((home / "latest").read_text, abandon_on_cancel=True)

    yield wait
    os.close(os.open(home / "latest", os.O_RDWR))  # who still waits at the pipe would do so for ever


@pytest.fixture
def spawn(
    environ: dict[str, str],
    warm: Any,
    acquainted: Callable[[str], None],
    end_jobs: Callable[[str], None],
) -> Iterator[Callable[..., object]]:
    """Starts a command line as a process of its own, which does not outlive the test."""
    processes: list[Any] = []

    async def start(*args: str, **streams: int) -> Any:
        if "ask" in args and "LLM_GATEWAY_STATE" in environ:
            acquainted(environ["LLM_GATEWAY_STATE"])
        process = warm.start(args, env=os.environ | environ, cwd=os.getcwd(), **streams)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.end()
    end_jobs(environ["LLM_GATEWAY_STATE"])


@pytest.fixture
def read() -> Callable[..., object]:
    """Reads what a process writes, to the end."""

    async def whole(stream: trio.abc.ReceiveStream) -> str:
        async with stream:
            return b"".join([chunk async for chunk in stream]).decode()

    return whole


@pytest.fixture
def terminal(spawn: Callable[..., object]) -> Callable[..., object]:
    """Starts a command line on a terminal of its own, and hears what it writes there."""

    async def start(*args: str) -> tuple[Any, AsyncIterator[str]]:
        ours, theirs = pty.openpty()
        process = await spawn(*args, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        os.close(theirs)
        return process, _chunks(ours)

    return start


async def _chunks(terminal: int) -> AsyncIterator[str]:
    async with trio.lowlevel.FdStream(terminal) as stream:
        while True:
            try:
                chunk = await stream.receive_some()
            except trio.BrokenResourceError:  # how a terminal says on Linux that its last writer is gone
                return
            if not chunk:
                return
            yield chunk.decode(errors="replace")
