"""A plugin can go: with its folder, the pages lose every word of it, and what is left of the project is whole."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.plugin.manager import load

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis")
SELF_CONTAINED = ("tests/docs", "tests/test_architecture.py")
"""The tests that read the project as it lies there, so those that would miss a plugin."""


@pytest.fixture(params=PLUGINS)
def gone(request: pytest.FixtureRequest) -> str:
    """Each of the plugins in turn."""
    return str(request.param)


@pytest.fixture
def rest(gone: str, tmp_path: Path) -> Path:
    """The project without that plugin, its pages made anew."""
    copy = tmp_path / "rest"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    shutil.rmtree(copy / "plugins" / gone)
    run(copy, "docs/generate.py")
    return copy


def run(folder: Path, *words: str) -> None:
    """Run Python in a copy of the project, with what lies there and not with what is installed."""
    environ = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def mentions(folder: Path, word: re.Pattern[str]) -> Iterator[str]:
    """The files outside of the plugins that hold a word; recordings of other programs may."""
    for path in filter(Path.is_file, sorted(folder.rglob("*"))):
        place = path.relative_to(folder)
        if place.parts[0] == "plugins" or "transcripts" in place.parts:
            continue
        if word.search(f"{place}\n{path.read_text('utf-8', 'replace')}"):
            yield str(place)


def test_nothing_outside_its_folder_mentions_a_plugin_that_is_gone(gone: str, rest: Path) -> None:
    info = load([f"gateway_plugin_{gone}"]).provider(gone).info
    words = "|".join(map(re.escape, (info.name, info.title, info.executable)))
    assert list(mentions(rest, re.compile(rf"(?<![a-z])(?:{words})", re.IGNORECASE))) == []


def test_the_pages_and_the_house_are_whole_without_it(rest: Path) -> None:
    run(rest, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *SELF_CONTAINED)
