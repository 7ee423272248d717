"""The private directory of a job."""

import fcntl
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.host.spool import DEADLY, NAMES, Spool, private_folder, replace_private, write_private


def modes(folder: str) -> dict[str, int]:
    return {
        os.path.relpath(path, folder): stat.S_IMODE(os.stat(path).st_mode)
        for path in (str(found) for found in Path(folder).rglob("*"))
    }


def test_everything_is_private_before_the_process_is_started(open_umask: None, bench: Any) -> None:
    bench.spool.make()
    bench.spool.make_files()
    os.close(bench.spool.lock(b"{}\n"))
    files = ("stdout", "stderr", "alive")
    expected = {"jobs": 0o700, "jobs/j": 0o700, "jobs/j/1.files": 0o700}
    assert modes(str(bench.folder / "state")) == expected | {f"jobs/j/1.{name}": 0o600 for name in files}


async def test_what_the_process_leaves_is_private_too(open_umask: None, bench: Any) -> None:
    child = await bench.run("echo out; echo err >&2")
    await child.wait()
    left = modes(bench.spool.folder)
    assert set(left.values()) == {0o600}
    assert {"1.stdout", "1.stderr", "1.alive"} == left.keys()


def test_a_spool_is_made_once(bench: Any) -> None:
    bench.spool.make()
    with pytest.raises(FileExistsError):
        bench.spool.make()


@pytest.mark.parametrize("removed", range(len(NAMES)))
def test_a_spool_that_was_cleared_in_part_is_cleared_before_it_is_made(
    removed: int, bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.spool.make()
    for name in NAMES:
        write_private(bench.spool.at(name), b"pid 4711\n")
    left, unlink = iter(range(removed)), os.unlink
    monkeypatch.setattr(
        os, "unlink", lambda path: unlink(path) if next(left, None) is not None else _killed()
    )
    with pytest.raises(KeyboardInterrupt):
        bench.spool.clear()
    with pytest.raises(FileExistsError):
        bench.spool.make()
    monkeypatch.undo()
    bench.spool.clear()
    bench.spool.make()
    assert bench.spool.pid() is None


def _killed() -> None:
    raise KeyboardInterrupt


def test_a_private_file_is_overwritten_whole(open_umask: None, tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    write_private(path, b"a longer text")
    write_private(path, b"short")
    assert Path(path).read_bytes() == b"short"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_private_folder_leaves_those_that_are_there_alone(open_umask: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(str(tmp_path / "a" / "b"))
    private_folder(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert modes(str(tmp_path)) == {"a": 0o700, "a/b": 0o700}


@given(data=st.binary(max_size=50), offset=st.integers(0, 60), most=st.integers(1, 20))
def test_a_piece_of_a_stream_is_read_from_an_offset_on(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, offset: int, most: int
) -> None:
    spool = Spool(str(tmp_path_factory.mktemp("spool") / "s"))
    spool.make()
    write_private(spool.at("stdout"), data)
    assert spool.read("stdout", offset, most) == data[offset : offset + most]
    assert spool.size("stdout") == len(data)


@pytest.mark.parametrize(("most", "tail"), [(3, b"ghi"), (9, b"abcdefghi"), (100, b"abcdefghi"), (0, b"")])
def test_a_tail_is_the_last_bytes(bench: Any, most: int, tail: bytes) -> None:
    bench.spool.make()
    write_private(bench.spool.at("stderr"), b"abcdefghi")
    assert bench.spool.tail("stderr", most) == tail


@pytest.mark.parametrize(
    ("content", "returncode"),
    [
        (b"exit 0\n", 0),
        (b"exit 1\n", 1),
        (b"", None),
        (b"exit 1", None),
        (b"exit 137\n", -9),
        (b"exit 143\n", -15),
        (b"exit 145\n", 145),
    ],
)
def test_the_status_is_read_as_the_wrapper_wrote_it(
    bench: Any, content: bytes, returncode: int | None
) -> None:
    bench.spool.make()
    write_private(bench.spool.at("alive"), b"pid 4711\n" + content)
    assert (bench.spool.pid(), bench.spool.returncode()) == (4711, returncode)


def test_every_number_is_a_signal_that_kills_or_a_status(bench: Any) -> None:
    bench.spool.make()
    read = []
    for status in range(256):
        write_private(bench.spool.at("alive"), f"exit {status}\n".encode())
        read.append(bench.spool.returncode())
    assert read == [128 - status if status - 128 in DEADLY else status for status in range(256)]


def test_a_spool_that_is_not_there_holds_nothing_and_nobody(bench: Any) -> None:
    spool = bench.spool
    assert (spool.alive(), spool.returncode(), spool.pid(), spool.timed_out()) == (False, None, None, False)
    assert (spool.size("stdout"), spool.read("stdout", 0, 9), spool.tail("stderr", 9)) == (0, b"", b"")
    assert spool.printed_at() is None


def test_a_spool_whose_process_never_started_has_no_pid_and_no_status(bench: Any) -> None:
    bench.spool.make()
    assert (bench.spool.alive(), bench.spool.returncode(), bench.spool.pid()) == (False, None, None)


def test_a_held_lock_is_life_and_a_released_one_is_not(bench: Any) -> None:
    bench.spool.make()
    handle = bench.spool.lock()
    assert bench.spool.alive()
    os.close(handle)
    assert not bench.spool.alive()


def test_who_looks_at_a_spool_keeps_nobody_from_its_lock(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.spool.make()
    path = bench.spool.at("alive")
    write_private(path, b"")
    looking, flock = os.open(path, os.O_RDWR), fcntl.flock
    flock(looking, fcntl.LOCK_SH)

    def go_when_seen(handle: int, how: int) -> None:
        flock(handle, how)
        if how == fcntl.LOCK_SH | fcntl.LOCK_NB:
            os.close(looking)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", go_when_seen)
        handle = bench.spool.lock()
    assert bench.spool.alive()
    os.close(handle)


def test_the_last_output_of_either_stream_has_a_time(bench: Any) -> None:
    bench.spool.make()
    for stream, time in (("stdout", 100), ("stderr", 200)):
        os.utime(bench.spool.at(stream), (time, time))
    assert bench.spool.printed_at() == 200.0


async def test_a_process_that_was_started_here_is_known_afterwards(bench: Any) -> None:
    assert not bench.spool.begun()
    child = await bench.run("exit 0")
    assert bench.spool.begun()
    await child.wait()
    assert bench.spool.begun()
    bench.spool.clear()
    assert not bench.spool.begun()
    bench.spool.make()
    assert not bench.spool.begun()


def test_tidying_removes_the_files_and_keeps_the_output(bench: Any) -> None:
    bench.spool.make()
    bench.spool.make_files()
    write_private(os.path.join(bench.spool.files, "mcp.json"), b"secret")
    bench.spool.tidy()
    bench.spool.tidy()
    assert (os.path.exists(bench.spool.files), bench.output()) == (False, b"")


def test_a_file_is_replaced_in_one_step_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_private(str(path), b"old")
    with path.open("rb") as reader:
        replace_private(str(path), b"new")
        assert (reader.read(), path.read_bytes()) == (b"old", b"new")
    assert ([file.name for file in tmp_path.iterdir()], path.stat().st_mode & 0o777) == (["file"], 0o600)
