"""The state of a directory under git: it changes when a file does."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.host.repository import state_of

ENVIRON = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture(autouse=True)
async def _bounded() -> AsyncIterator[None]:
    with trio.fail_after(60):
        yield


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=me", "-c", "user.email=me@localhost")
    subprocess.run(["git", *who, *words], cwd=folder, env=ENVIRON, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a b.py").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


async def state(folder: Path) -> str | None:
    return await state_of(str(folder))


async def test_a_directory_nobody_touched_is_in_the_same_state(folder: Path) -> None:
    first = await state(folder)
    assert first is not None
    assert await state(folder) == first


async def test_every_change_of_a_file_is_another_state(folder: Path) -> None:
    states = [await state(folder)]
    for text in ("two", "three", "threee"):
        (folder / "a b.py").write_text(text)
        os.utime(folder / "a b.py", (len(states), len(states)))
        states.append(await state(folder))
    (folder / "new é.py").write_text("untracked")
    states.append(await state(folder))
    git(folder, "add", ".")
    states.append(await state(folder))
    git(folder, "commit", "-qm", "second")
    states.append(await state(folder))
    git(folder, "mv", "a b.py", "c.py")
    states.append(await state(folder))
    (folder / "c.py").unlink()
    states.append(await state(folder))
    assert len(set(states)) == len(states)


async def test_a_change_is_seen_from_a_folder_below_too(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "new.py").write_text("one")
    first = await state(folder / "below")
    (folder / "below" / "new.py").write_text("three")
    assert await state(folder / "below") != first
    assert first is not None


async def test_nobody_knows_the_state_of_a_repository_in_the_repository(folder: Path) -> None:
    (folder / "inner").mkdir()
    git(folder / "inner", "init", "-q")
    (folder / "inner" / "new.py").write_text("one")
    assert await state(folder) is None


@pytest.mark.parametrize("key", ["core.fsmonitor", "filter.spy.clean", "filter.spy.process"])
async def test_no_program_of_the_repository_is_run(folder: Path, key: str) -> None:
    (folder / "spy").write_text(f"#!/bin/sh\ntouch '{folder}/run'\n")
    (folder / "spy").chmod(0o700)
    (folder / ".gitattributes").write_text("* filter=spy\n")
    (folder / "a b.py").write_text("two")
    git(folder, "config", key, str(folder / "spy"))
    assert await state(folder) is not None
    assert not (folder / "run").exists()


async def test_a_repository_without_a_commit_has_a_state_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    states = [await state(tmp_path)]
    (tmp_path / "new.py").write_text("one")
    states.append(await state(tmp_path))
    git(tmp_path, "add", ".")
    states.append(await state(tmp_path))
    assert (len(set(states)), None in states) == (3, False)


async def test_a_file_may_have_any_name(folder: Path) -> None:
    strange = os.path.join(os.fsencode(folder), b"\xff\n name")
    Path(os.fsdecode(strange)).write_text("one")
    first = await state(folder)
    Path(os.fsdecode(strange)).write_text("three")
    assert None is not first != await state(folder) is not None


async def test_another_worktree_is_in_a_state_of_its_own(folder: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other") / "tree"
    git(folder, "worktree", "add", "-q", str(other))
    before = await state(folder), await state(other)
    (other / "a b.py").write_text("three")
    after = await state(folder), await state(other)
    assert None not in before
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


@pytest.mark.parametrize("file", [".git/index", ".git/HEAD", ".git/config"])
async def test_nobody_knows_the_state_of_a_broken_repository(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"[nothing\n\xff")
    assert await state(folder) is None


async def test_nobody_knows_the_state_of_a_bare_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare")
    assert await state(tmp_path) is None


async def test_nobody_knows_the_state_without_git(tmp_path: Path) -> None:
    assert await state(tmp_path) is None
