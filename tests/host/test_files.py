"""Other programs' files: bounded, and never from outside the root."""

import os
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.probes import HomeFile, JobFile
from gateway.host import files
from gateway.host.files import home_of, read_below, read_log


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "file").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    (tmp_path / "root-sibling").mkdir()
    (tmp_path / "root-sibling" / "file").write_bytes(b"outside")
    return root


@pytest.mark.parametrize("path", ["sub/file", "sub/../sub/file", "./sub//file"])
def test_a_file_below_the_root_is_read(root: Path, path: str) -> None:
    assert read_below(str(root), path) == b"inside"


@pytest.mark.parametrize(
    "path",
    ["../secret", "sub/../../secret", "../root-sibling/file", "/etc/hostname", "missing", "sub/file/x"],
)
def test_what_is_not_below_the_root_is_not_read(root: Path, path: str) -> None:
    assert read_below(str(root), path) is None


def test_a_link_is_followed_inside_the_root_and_not_out_of_it(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "secret")
    (root / "folder").symlink_to(root.parent)
    (root / "in").symlink_to(root / "sub" / "file")
    (root / "loop").symlink_to(root / "loop")
    read = {name: read_below(str(root), name) for name in ("out", "folder/secret", "in", "loop")}
    assert read == {"out": None, "folder/secret": None, "in": b"inside", "loop": None}


def test_a_root_that_is_a_link_itself_is_no_obstacle(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert read_below(str(link), "sub/file") == b"inside"


@pytest.mark.parametrize("path", ["", ".", "sub", "pipe", "nul\0", "sub/file\0"])
def test_what_is_no_file_is_not_read(root: Path, path: str) -> None:
    os.mkfifo(root / "pipe")
    assert read_below(str(root), path) is None


def test_a_file_that_is_too_large_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST", 6)
    assert read_below(str(root), "sub/file") == b"inside"
    monkeypatch.setattr(files, "MOST", 5)
    assert read_below(str(root), "sub/file") is None


def log(root: Path, pattern: str, since: float = 0.0) -> Any:
    return read_log(HomeFile(pattern), files="", environ={"HOME": str(root)}, since=since)


def aged(path: Path, content: bytes, age: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (age, age))


def test_the_newest_match_counts(root: Path) -> None:
    aged(root / "logs" / "a" / "1.json", b"old", 100.0)
    aged(root / "logs" / "b" / "2.json", b"new", 300.0)
    aged(root / "logs" / "c" / "3.json", b"older", 200.0)
    assert log(root, "logs/*/*.json") == b"new"
    assert log(root, "logs/a/1.json") == b"old"
    assert log(root, "logs/*/*.txt") is None


def test_a_log_from_before_the_run_is_not_the_runs(root: Path) -> None:
    aged(root / "log.json", b"old", 100.0)
    assert [log(root, "log.json", since) for since in (99.0, 100.0, 101.0)] == [b"old", b"old", None]


@pytest.mark.parametrize("pattern", ["../*", "../secret", "link", "/etc/*"])
def test_a_pattern_leads_nowhere_outside_the_home(root: Path, pattern: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    assert log(root, pattern) is None


def test_a_folder_that_matches_is_no_log(root: Path) -> None:
    assert log(root, "s*") is None


def test_a_home_with_odd_characters_is_taken_literally(root: Path) -> None:
    odd = root / "[a]*"
    aged(odd / "log", b"found", 100.0)
    assert log(odd, "l*") == b"found"


def test_a_log_of_the_job_is_read_from_its_own_files(root: Path) -> None:
    read = {
        path: read_log(JobFile(path), files=str(root), environ={}, since=0.0)
        for path in ("sub/file", "../secret")
    }
    assert read == {"sub/file": b"inside", "../secret": None}


def test_a_long_log_is_read_from_its_end_in_whole_lines(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(root / "log.jsonl", b"one\ntwo\nthree\n", 100.0)
    for most, read in ((8, b"three\n"), (14, b"one\ntwo\nthree\n")):
        monkeypatch.setattr(files, "MOST", most)
        assert log(root, "log.jsonl") == read


def test_a_long_log_whose_end_is_no_whole_line_says_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST", 8)
    aged(root / "log.jsonl", b"one\n" + b"x" * 20, 100.0)
    assert log(root, "log.jsonl") == b""


@pytest.mark.parametrize(
    ("environ", "home"),
    [
        ({"HOME": "/h", "ACME_HOME": "/acme"}, "/acme"),
        ({"HOME": "/h", "ACME_HOME": ""}, "/h/.acme"),
        ({"HOME": "/h"}, "/h/.acme"),
        ({}, os.path.expanduser("~/.acme")),
    ],
)
def test_a_variable_may_name_the_folder_of_a_file(environ: dict[str, str], home: str) -> None:
    assert home_of(HomeFile("x", root_variable="ACME_HOME", folder=".acme"), environ) == home


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("darwin", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/h/Library/Application Support"),
        ("linux", {"HOME": "/h"}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x"),
    ],
)
def test_a_file_may_lie_among_the_settings_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], folder: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert home_of(HomeFile("Acme/acme.json", settings=True), environ) == folder


def test_a_file_is_below_the_home_where_nothing_else_is_said() -> None:
    assert os.path.normpath(home_of(HomeFile("x"), {"HOME": "/h"})) == "/h"
