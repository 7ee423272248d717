"""A fake CLI plays its recording, and misbehaves as it is told to."""

import contextlib
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
import trio

from gateway.testing.fakes import SCRIPT, Pulse, fake_cli
from gateway.testing.transcripts import Transcript

RUN = Transcript(stdout=b"one\ntwo\n", stderr=b"hm\n", exit=3)


async def run(path: str, *argv: str) -> tuple[int, bytes, bytes]:
    with trio.fail_after(60):
        done = await trio.run_process(
            [path, *argv], stdin=b"hello", capture_stdout=True, capture_stderr=True, check=False
        )
    return done.returncode, done.stdout, done.stderr


async def test_recorded_output_and_status_come_back(tmp_path: Path) -> None:
    assert await run(fake_cli(str(tmp_path / "cli"), RUN), "-p") == (3, b"one\ntwo\n", b"hm\n")


async def test_another_status_than_the_recorded_one_can_be_asked_for(tmp_path: Path) -> None:
    assert await run(fake_cli(str(tmp_path / "cli"), RUN, exit=0)) == (0, b"one\ntwo\n", b"hm\n")


async def test_a_negative_status_is_a_signal(tmp_path: Path) -> None:
    assert await run(fake_cli(str(tmp_path / "cli"), RUN, exit=-9)) == (-9, b"one\ntwo\n", b"hm\n")


async def test_other_arguments_than_expected_are_refused(tmp_path: Path) -> None:
    path = fake_cli(str(tmp_path / "cli"), RUN, expect=("-p", "--json"))
    assert await run(path, "-p", "--json") == (3, b"one\ntwo\n", b"hm\n")
    assert await run(path, "-p") == (97, b"", b"expected ['-p', '--json'], got ['-p']")


async def test_whole_command_lines_have_answers_of_their_own(tmp_path: Path) -> None:
    path = fake_cli(str(tmp_path / "cli"), RUN, expect=(), says={"exec --help": "Usage: exec"})
    assert await run(path, "--version") == (0, b"1.0.0\n", b"")
    assert await run(path, "exec", "--help") == (0, b"Usage: exec\n", b"")


async def test_a_flood_comes_before_the_recording(tmp_path: Path) -> None:
    status, stdout, _ = await run(fake_cli(str(tmp_path / "cli"), RUN, flood=1))
    assert (status, len(stdout), stdout[-8:]) == (3, 2**20 + 8, b"one\ntwo\n")


@pytest.mark.parametrize(
    ("ignores", "number", "status"), [(False, signal.SIGTERM, -15), (True, signal.SIGKILL, -9)]
)
async def test_the_request_to_end_is_obeyed_or_ignored(
    tmp_path: Path, ignores: bool, number: int, status: int
) -> None:
    path = fake_cli(str(tmp_path / "cli"), RUN, delay=60, ignore_term=ignores)
    with trio.fail_after(60), Pulse(path) as pulse:
        process = await trio.lowlevel.open_process([path], stdin=subprocess.DEVNULL)
        await pulse.beat()
        process.terminate()
        process.send_signal(number)
        assert await process.wait() == status
        await pulse.still()


async def test_a_grandchild_outlives_the_cli(tmp_path: Path) -> None:
    path = fake_cli(str(tmp_path / "cli"), RUN, grandchild=True)
    with trio.fail_after(60), Pulse(path) as pulse:
        process = await trio.lowlevel.open_process(
            [path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        assert await process.wait() == 3
        (left,) = [each for each in psutil.process_iter() if _plays(each, path)]
        left.kill()
        await pulse.still()


def _plays(process: psutil.Process, path: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return path in process.cmdline()
    return False


def test_the_script_is_short_enough_to_be_read() -> None:
    assert len(SCRIPT.splitlines()) <= 30
