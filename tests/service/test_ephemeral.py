"""The folders of gateways that keep nothing, also of those that were killed."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trio

from gateway.config import Config, Persistence
from gateway.host.owners import Owner
from gateway.host.process import start
from gateway.host.spool import Spool
from gateway.service import ephemeral
from gateway.service.ephemeral import housed

PATH = {"PATH": os.defpath}
NONE = Config(persistence=Persistence(backend="none"))


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a folder that somebody has left behind, an hour ago."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def make(name: str) -> Path:
        folder = tmp_path / name
        (folder / "gateways").mkdir(parents=True)
        (folder / "gateways" / "123-abc").touch()
        os.utime(folder, (0, 0))
        return folder

    return make


async def test_the_folder_goes_with_the_gateway(tmp_path: Path, left: object) -> None:
    async with housed(NONE) as config:
        assert os.listdir(tmp_path) == [os.path.basename(config.state)]
        assert os.stat(config.state).st_mode & 0o077 == 0
    assert os.listdir(tmp_path) == []


async def test_what_a_killed_gateway_left_is_ended_and_removed(left: Callable[[str], Path]) -> None:
    folder = left("gateway-passing-1")
    spool = Spool(str(folder / "jobs" / "j" / "1"))
    spool.make()
    (folder / "jobs" / "j" / "request.json").touch()
    os.utime(folder, (0, 0))
    child = await start(
        "j", ("/bin/sleep", "60"), spool=spool, alive=spool.lock(), cwd="/", environ={}, limit=60.0
    )
    with trio.fail_after(60):
        async with housed(NONE):
            assert not folder.exists()
        await child.wait()


MEETING = """
trap 'echo >there; read -r _ <here; touch met; exit' TERM
echo ready >ready
while :; do sleep 60 & wait; done
"""
"""Told to end, it waits until the other one has been told too."""


async def test_all_that_was_left_is_told_to_end_before_anybody_waits_for_one(
    left: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ephemeral, "GRACE", 30.0)
    homes = [tmp_path / name for name in ("ann", "bob")]
    pipes = [_pipe(tmp_path / name) for name in ("to-ann", "to-bob", "ready")]
    for home, here, there in zip(homes, ("to-ann", "to-bob"), ("to-bob", "to-ann"), strict=True):
        home.mkdir()
        for name, pipe in (("here", here), ("there", there), ("ready", "ready")):
            (home / name).symlink_to(tmp_path / pipe)
        folder = left(f"gateway-passing-{home.name}")
        spool = Spool(str(folder / "jobs" / home.name / "1"))
        spool.make()
        child = await start(
            home.name,
            ("/bin/sh", "-c", MEETING),
            spool=spool,
            alive=spool.lock(),
            cwd=str(home),
            environ=PATH,
            limit=60.0,
        )
        child.let_go()
        os.utime(folder, (0, 0))
        await trio.lowlevel.wait_readable(pipes[2])
        os.read(pipes[2], 6)
    with trio.fail_after(60):
        async with housed(NONE):
            met = [(home / "met").exists() for home in homes]
    for pipe in pipes:
        os.close(pipe)
    assert met == [True, True]


def _pipe(path: Path) -> int:
    """A pipe by name, open on both sides: nobody waits for the other one."""
    os.mkfifo(path)
    return os.open(path, os.O_RDWR)


async def test_folders_of_the_living_and_of_others_stay(left: Callable[[str], Path], tmp_path: Path) -> None:
    living, young, other = left("gateway-passing-1"), left("gateway-passing-2"), left("gateway-of-others")
    os.utime(young)
    with closing(Owner(str(living / "gateways"))):
        os.utime(living, (0, 0))
        async with housed(NONE):
            assert all(each.exists() for each in (living, young, other))


async def test_a_gateway_that_keeps_things_looks_for_nothing(left: Callable[[str], Path]) -> None:
    folder, config = left("gateway-passing-1"), Config(state="/somewhere")
    async with housed(config) as same:
        assert (same, folder.exists()) == (config, True)
