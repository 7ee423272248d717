"""Real processes: how they are started, how they end, and how they are ended."""

import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import trio

from gateway.errors import GatewayError, TooLarge
from gateway.host import descendants, process, wrapper
from gateway.host.process import adopt, start, starting

SHELLS = ("/bin/sh", "/bin/dash", "/bin/bash", "/bin/zsh", "/bin/mksh", "/bin/ash")
"""What ``/bin/sh`` may be. Some keep the time of a read themselves."""


@pytest.fixture(autouse=True)
async def _bounded() -> AsyncIterator[None]:
    with trio.fail_after(60):
        yield


@pytest.mark.parametrize(
    ("script", "returncode"),
    [
        ("exit 0", 0),
        ("exit 3", 3),
        ("exit 126", 126),
        ("exit 128", 128),
        ("exit 145", 145),
        ("exit 255", 255),
        ("kill -KILL $$", -9),
        ("kill -TERM $$", -15),
        ("kill -SEGV $$", -11),
    ],
)
async def test_the_status_tells_a_signal_from_a_number_that_looks_like_one(
    bench: Any, script: str, returncode: int
) -> None:
    child = await bench.run(script)
    await child.wait()
    assert bench.spool.returncode() == returncode


async def test_output_is_kept_as_it_was_written(bench: Any) -> None:
    child = await bench.run(r"printf 'a\000\377\n'; printf 'oops' >&2; printf 'last line'")
    await child.wait()
    assert (bench.output("stdout"), bench.output("stderr")) == (b"a\0\xff\nlast line", b"oops")


async def test_the_prompt_is_standard_input_to_the_last_byte(bench: Any) -> None:
    prompt = b"\0\xff line\n" * 100_000
    child = await bench.start("/bin/cat", stdin=prompt)
    await child.wait()
    assert bench.output() == prompt


@pytest.mark.parametrize("stream", [0, 1, 2])
async def test_the_prompt_arrives_where_a_stream_of_ours_is_closed(bench: Any, stream: int) -> None:
    bench.spool.make()
    alive, kept = bench.spool.lock(), os.dup(stream)
    os.close(stream)
    try:
        child = await start(
            "j",
            ("/bin/cat",),
            spool=bench.spool,
            alive=alive,
            cwd="/",
            environ={},
            limit=60.0,
            stdin=b"hello",
        )
    finally:
        os.dup2(kept, stream)
        os.close(kept)
    await child.wait()
    assert (bench.output(), bench.output("stderr")) == (b"hello", b"")


def _forbidden(_: str) -> int:
    raise PermissionError


@pytest.mark.parametrize("lacking", [True, False])
async def test_the_prompt_arrives_where_the_system_has_no_file_in_memory(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, lacking: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    if lacking:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    else:
        monkeypatch.setattr(os, "memfd_create", _forbidden, raising=False)
    child = await bench.start("/bin/cat", stdin=b"hello")
    await child.wait()
    assert (bench.output(), list((tmp_path / "temp").iterdir())) == (b"hello", [])


async def test_the_environment_is_what_was_given_and_the_jobs_mark(bench: Any) -> None:
    given = {
        "PATH": "/usr/bin:/bin",
        "A": "1",
        "LINES_IN": "a\nb",
        "directory": "d",
        "status": "s",
        "limit": "l",
        "grace": "g",
        "nap": "n",
        "watchdog": "w",
        "ended": "e",
    }
    child = await bench.start("/usr/bin/env", "-0", environ=given)
    await child.wait()
    seen = dict(entry.split("=", 1) for entry in bench.output().decode().split("\0") if entry)
    shells_own = {"PWD", "OLDPWD", "SHLVL", "_"}
    assert {name: value for name, value in seen.items() if name not in shells_own} == {
        **given,
        descendants.MARK: bench.job_id,
    }


async def test_arguments_arrive_as_they_are(bench: Any) -> None:
    words = ("", "a b", "$HOME", "`id`", '"', "'", "*", "-n", "é\n", "\\")
    program = "import sys; sys.stdout.buffer.write('\\0'.join(sys.argv[1:]).encode())"
    child = await bench.start(sys.executable, "-I", "-S", "-c", program, *words)
    await child.wait()
    assert bench.output().decode().split("\0") == list(words)


async def test_the_cli_runs_in_its_directory(bench: Any) -> None:
    folder = bench.folder / "a folder"
    folder.mkdir()
    child = await bench.start("/bin/pwd", cwd=str(folder))
    await child.wait()
    assert bench.output().decode() == f"{os.path.realpath(folder)}\n"


async def test_a_directory_that_is_gone_is_told(bench: Any) -> None:
    missing = str(bench.folder / "gone")
    with pytest.raises(GatewayError) as refusal:
        await bench.start("/bin/true", cwd=missing)
    assert str(refusal.value) == f"The CLI cannot be started in {missing}: No such file or directory."
    assert not bench.spool.alive()


async def test_arguments_that_no_system_takes_are_too_large(bench: Any) -> None:
    with pytest.raises(TooLarge, match=r"^The arguments are larger than this system passes to a program\.$"):
        await bench.start("/bin/true", "x" * 4_000_000)
    assert not bench.spool.alive()


async def test_a_cli_that_is_not_there_leaves_the_status_of_the_shell(bench: Any) -> None:
    child = await bench.start(str(bench.folder / "nothing"))
    await child.wait()
    assert bench.spool.returncode() == 127
    assert b"not found" in bench.output("stderr")


POLITE = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
with open(os.environ["DOOR"], "w") as door:
    door.write("ready\\n")
signal.sigwait([signal.SIGTERM])
print("bye")
raise SystemExit(7)
"""


async def test_a_cli_is_asked_to_end_before_it_is_ended(bench: Any) -> None:
    child = await bench.start(sys.executable, "-I", "-S", "-c", POLITE)
    assert await bench.door.heard() == b"ready\n"
    await child.end(10.0)
    assert (bench.spool.returncode(), bench.output()) == (7, b"bye\n")


async def test_the_wrapper_survives_the_end_and_leaves_the_status(bench: Any) -> None:
    child = await bench.run('echo ready >"$DOOR"; exec sleep 60')
    await bench.door.heard()
    await child.end(10.0)
    assert bench.spool.returncode() == -15


async def test_a_group_that_ignores_the_request_is_ended(bench: Any) -> None:
    child = await bench.run('trap "" TERM; exec 3>"$DOOR"; echo ready >&3; sleep 60 & sleep 60')
    await bench.door.heard()
    await child.end(0.1)
    assert bench.spool.returncode() == -9
    assert await bench.door.closed() == b""


_ESCAPED = (
    'import os, signal, time; os.setsid(); signal.signal(15, 1); os.write(3, b"ready\\n"); time.sleep(60)'
)
ESCAPE = f"{sys.executable} -I -S -c '{_ESCAPED}'"
"""A process in a session of its own that does not listen to TERM and holds the door open."""


async def test_a_grandchild_in_a_session_of_its_own_is_gone_after_the_end(bench: Any) -> None:
    child = await bench.run(f'exec 3>"$DOOR"; {ESCAPE} & wait')
    await bench.door.heard()
    await child.end(0.1)
    assert await bench.door.closed() == b""


async def test_an_orphan_that_outlived_the_cli_is_gone_after_the_end(bench: Any) -> None:
    child = await bench.run(f'exec 3>"$DOOR"; {ESCAPE} & exit 0')
    await bench.door.heard()
    await child.wait()
    await child.end(0.1)
    assert await bench.door.closed() == b""
    assert bench.spool.returncode() == 0


async def test_ending_what_has_ended_changes_nothing(bench: Any) -> None:
    child = await bench.run("exit 5")
    await child.wait()
    await child.end(5.0)
    assert bench.spool.returncode() == 5


async def test_the_end_is_not_to_be_cancelled(bench: Any) -> None:
    child = await bench.run('echo ready >"$DOOR"; exec sleep 60')
    await bench.door.heard()
    with trio.CancelScope() as scope:
        scope.cancel()
        await child.end(10.0)
    assert bench.spool.returncode() == -15


async def test_the_lock_says_who_lives(bench: Any) -> None:
    child = await bench.run(f'exec 3>"$DOOR"; {ESCAPE} & wait')
    await bench.door.heard()
    assert bench.spool.alive()
    os.kill(child.pid, 9)
    await child.wait()
    assert not bench.spool.alive(), "the CLI holds the lock that is its wrapper's"
    await child.end(0.1)


async def test_one_spool_is_never_used_twice_at_once(bench: Any) -> None:
    child = await bench.run("exec sleep 60")
    with pytest.raises(BlockingIOError):
        bench.spool.lock()
    await child.end(0.1)


async def test_nothing_is_left_behind_when_the_cli_ends_by_itself(bench: Any) -> None:
    child = await bench.run("exit 0")
    await child.wait()
    left = descendants.marked(bench.job_id)
    _, alive = await trio.to_thread.run_sync(psutil.wait_procs, left, 5.0)
    assert alive == []
    assert not bench.spool.timed_out()


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if os.path.exists(shell)])
async def test_a_job_that_nobody_watches_ends_at_its_limit(
    bench: Any, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setattr(wrapper, "SHELL", shell)
    monkeypatch.setattr(wrapper, "WATCHDOG_DELAY", 0.0)
    child = await bench.run("exec sleep 60", limit=1.0)
    await child.wait()
    assert bench.spool.timed_out()
    assert bench.spool.returncode() == -15


async def test_a_job_that_ignores_its_limit_is_ended(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "WATCHDOG_DELAY", 0.0)
    child = await bench.run('trap "" TERM; exec 3>"$DOOR"; while :; do sleep 60; done', limit=1.0, grace=0.0)
    await child.wait()
    assert bench.spool.timed_out()
    assert not bench.spool.alive()


async def test_the_limit_holds_for_a_job_that_was_asked_to_end_in_vain(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its gateway may have died between asking and ending."""
    monkeypatch.setattr(wrapper, "WATCHDOG_DELAY", 0.0)
    child = await bench.run(
        'trap "" TERM; exec 3>"$DOOR"; echo ready >&3; while :; do sleep 60; done', limit=2.0, grace=0.0
    )
    await bench.door.heard()
    os.killpg(child.pid, signal.SIGTERM)
    await child.wait()
    assert bench.spool.timed_out()
    assert not bench.spool.alive()


async def test_the_limit_holds_where_the_shell_was_killed(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrapper, "WATCHDOG_DELAY", 0.0)
    child = await bench.run('echo $$ >"$DOOR"; exec sleep 60', limit=1.0, grace=0.0)
    cli = psutil.Process(int(await bench.door.heard()))
    os.kill(child.pid, signal.SIGKILL)
    assert await trio.to_thread.run_sync(cli.wait, 30.0) is None
    assert bench.spool.timed_out()


async def test_the_cli_holds_nothing_of_the_shells(bench: Any) -> None:
    child = await bench.run("ls /dev/fd | wc -l")
    await child.wait()
    assert bench.output().split() == [b"4"]  # and the one that lists them


async def test_a_stranger_is_waited_for(bench: Any) -> None:
    child = await bench.run('echo $$ >"$DOOR"; exec sleep 60')
    pid = int(await bench.door.heard())
    adopted = await adopt(bench.job_id, bench.spool)
    assert adopted.pid == child.pid
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child.wait)
        os.kill(pid, 9)
        await adopted.wait()
    assert bench.spool.returncode() == -9


async def test_a_stranger_is_ended_like_a_child(bench: Any) -> None:
    child = await bench.run('echo ready >"$DOOR"; exec sleep 60')
    await bench.door.heard()
    adopted = await adopt(bench.job_id, bench.spool)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child.wait)
        await adopted.end(10.0)
    assert bench.spool.returncode() == -15


async def test_a_stranger_that_is_gone_is_not_waited_for(bench: Any) -> None:
    child = await bench.run("exit 0")
    await child.wait()
    adopted = await adopt(bench.job_id, bench.spool)
    await adopted.wait()
    await adopted.end(1.0)
    assert bench.spool.returncode() == 0


async def test_a_stranger_that_never_said_its_number_is_ended_by_its_mark(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "FIRST_LINE", 0.01)
    bench.spool.make()
    alive = bench.spool.lock()
    shell = await trio.lowlevel.open_process(
        ["/bin/sleep", "60"], stdin=alive, env={descendants.MARK: bench.job_id}, start_new_session=True
    )
    os.close(alive)
    adopted = await adopt(bench.job_id, bench.spool)
    assert adopted.pid == process.NOBODY
    await adopted.end(0.01)
    assert (await shell.wait(), bench.spool.alive()) == (-9, False)


async def test_an_end_is_noticed_where_the_system_has_no_descriptor_for_a_process(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pidfd_open", "waitid"):
        monkeypatch.delattr(os, name, raising=False)
    child = await bench.run("exit 3")
    await child.wait()
    assert bench.spool.returncode() == 3
    assert not psutil.pid_exists(child.pid)


async def test_a_child_that_somebody_else_follows_is_reaped_all_the_same(bench: Any) -> None:
    child = await bench.run("exit 0")
    child.let_go()
    await (await adopt(bench.job_id, bench.spool)).wait()
    async with starting(bench.spool.folder):
        assert not psutil.pid_exists(child.pid)
