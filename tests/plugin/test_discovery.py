"""Installed plugins are found by reading, never by importing."""

import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.plugin.discovery import entry_points

ONE = "[gateway]\nacme = acme_plugin\n"


def found(*folders: Path) -> dict[str, str]:
    return entry_points(map(str, folders))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, {"acme": "acme_plugin"}),
        ("[console_scripts]\nx = y:z\n\n[gateway]\n a=b \n\n[other]\nc = d\n", {"a": "b"}),
        ("[gateway]\r\na = b\r\nc = d.e\r\n", {"a": "b", "c": "d.e"}),
        ("[gateway]\n# a = b\n; c = d\nno assignment\ne = f", {"e": "f"}),
        ("[gateways]\na = b\n", {}),
        ("a = b\n", {}),
        ("", {}),
    ],
)
def test_the_names_and_modules_of_the_group_are_read(site: Any, text: str, expected: dict[str, str]) -> None:
    site.entry("acme", text)
    assert found(site.folder) == expected


def test_nothing_is_imported(site: Any) -> None:
    site.entry("acme", "[gateway]\nacme = a_module_that_does_not_exist\n")
    before = set(sys.modules)
    assert found(site.folder) == {"acme": "a_module_that_does_not_exist"}
    assert set(sys.modules) == before


@pytest.mark.parametrize("garbage", [b"[gateway]\n\xff\xfe = x\n", b"\x00\x01\x02", b"\xf0"])
def test_a_file_that_is_no_text_is_skipped(site: Any, garbage: bytes) -> None:
    site.entry("aaa", garbage)
    site.entry("acme", ONE)
    assert found(site.folder) == {"acme": "acme_plugin"}


def test_a_distribution_without_entry_points_is_skipped(site: Any) -> None:
    (site.folder / "bare-1.0.dist-info").mkdir()
    (site.folder / "odd-1.0.dist-info").write_text("a file, no folder")
    (site.folder / "folded-1.0.dist-info" / "entry_points.txt").mkdir(parents=True)
    (site.folder / "acme").mkdir()
    (site.folder / "acme" / "entry_points.txt").write_text(ONE)
    assert found(site.folder) == {}


def test_an_egg_counts_like_a_wheel(tmp_path: Path) -> None:
    (tmp_path / "acme.egg-info").mkdir()
    (tmp_path / "acme.egg-info" / "entry_points.txt").write_text(ONE)
    assert found(tmp_path) == {"acme": "acme_plugin"}


def test_the_first_on_the_path_wins(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        info = folder / "acme-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "entry_points.txt").write_text(f"[gateway]\nacme = {folder.name}\n{folder.name} = x\n")
    assert found(*folders) == {"acme": "first", "first": "x", "second": "x"}


def test_entries_of_the_path_that_are_no_folders_are_skipped(site: Any, tmp_path: Path) -> None:
    site.entry("acme", ONE)
    archive = tmp_path / "python311.zip"
    archive.write_bytes(b"PK")
    assert found(tmp_path / "missing", archive, site.folder) == {"acme": "acme_plugin"}


def test_the_path_of_the_interpreter_is_read_unless_told_otherwise(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.entry("acme", ONE)
    monkeypatch.setattr(sys, "path", [str(site.folder)])
    assert entry_points() == {"acme": "acme_plugin"}


def test_an_empty_entry_of_the_path_is_the_current_folder(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.entry("acme", ONE)
    monkeypatch.chdir(site.folder)
    assert entry_points([""]) == {"acme": "acme_plugin"}
