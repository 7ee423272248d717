"""Folders for a moment, and those that a killed process has left."""

import fcntl
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import gateway
from gateway.host.passing import PREFIX, passing_folder


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a folder that was begun an hour ago."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def make(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "probe.alive").touch()
        os.utime(folder, (0, 0))
        return folder

    return make


def test_a_folder_is_ours_alone_and_gone_at_the_end(left: object, tmp_path: Path) -> None:
    with passing_folder("probe") as folder:
        assert (os.listdir(tmp_path), os.stat(folder).st_mode & 0o077) == ([os.path.basename(folder)], 0)
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_has_left_goes_with_the_next_one(left: Callable[[str], Path]) -> None:
    folder = left(f"{PREFIX}probe-1")
    with passing_folder("doctor"):
        assert not folder.exists()


def test_what_is_in_use_or_new_or_no_folder_of_ours_stays(
    left: Callable[[str], Path], tmp_path: Path
) -> None:
    young, other, runs = left(f"{PREFIX}probe-1"), left("gateway-of-others"), left(f"{PREFIX}probe-2")
    os.utime(young)
    (link := tmp_path / f"{PREFIX}probe-3").symlink_to(other)
    with (runs / "probe.alive").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with passing_folder("probe") as folder:
            os.utime(folder, (0, 0))
            with passing_folder("probe"):
                assert all(each.exists() for each in (young, other, runs, link, Path(folder)))


def test_every_temporary_folder_is_made_where_those_of_killed_processes_are_swept() -> None:
    made = re.compile(r"mkdtemp|TemporaryDirectory")
    home = Path(gateway.__file__).parent
    makers = {str(path.relative_to(home)) for path in home.rglob("*.py") if made.search(path.read_text())}

    assert makers == {"host/passing.py", "service/ephemeral.py"}
