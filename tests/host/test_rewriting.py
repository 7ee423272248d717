"""Files of other programs, changed whole or not at all."""

import os
from pathlib import Path

import pytest

from gateway.host.rewriting import Changed, read_whole, rewrite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.json"
    path.write_bytes(b"old")
    return path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_replaced_and_kept_as_it_was(file: Path) -> None:
    copy = rewrite(str(file), b"old", b"new")
    assert copy == f"{file}.before-gateway"
    assert (file.read_bytes(), Path(copy).read_bytes()) == (b"new", b"old")
    assert sorted(os.listdir(file.parent)) == ["settings.json", "settings.json.before-gateway"]


@pytest.mark.parametrize("bits", [0o600, 0o644, 0o640])
def test_the_mode_stays_and_the_copy_has_it_too(file: Path, bits: int) -> None:
    file.chmod(bits)
    copy = rewrite(str(file), b"old", b"new")
    assert (mode(file), mode(Path(copy or ""))) == (bits, bits)


def test_a_new_file_and_its_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "new.json"
    assert rewrite(str(path), None, b"new") is None
    assert [mode(each) for each in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]


def test_a_link_stays_one_and_the_copy_lies_beside_it(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "settings.json"
    link.parent.mkdir()
    link.symlink_to(file)
    copy = rewrite(str(link), b"old", b"new")
    assert (link.readlink(), file.read_bytes(), copy) == (file, b"new", f"{link}.before-gateway")


def test_what_another_program_has_written_meanwhile_is_left_alone(file: Path) -> None:
    with pytest.raises(Changed, match="is being written by another program"):
        rewrite(str(file), b"older", b"new")
    assert file.read_bytes() == b"old"
    assert [name for name in os.listdir(file.parent) if name.startswith(".")] == []


def test_a_disk_that_is_full_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        rewrite(str(file), b"old", b"new")
    assert (file.read_bytes(), os.listdir(file.parent)) == (b"old", ["settings.json"])


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is no file"):
        read_whole(str(tmp_path / "pipe"))


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_whole(str(tmp_path / "nothing")) is None
