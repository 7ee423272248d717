"""Forgets what is old: jobs with their flights and output, closed panels, crashes, folders of remote callers."""

import contextlib
import glob
import os
import shutil
import time
from functools import partial

import trio
from msgspec import Struct

from gateway.config import Config
from gateway.service.spools import Spools
from gateway.service.workspaces import work_folder
from gateway.store import chores, crashes, jobs, panels
from gateway.store.database import Database, unharmed

DAY = 86_400.0
SOON = 3.0
"""Seconds after its start at which a gateway first looks whether pruning is due."""
LOOK = 3600.0
"""Seconds between two looks."""
BATCH = 100
"""Jobs that are forgotten in one transaction: requests get their turn in between."""


class Pruned(Struct, frozen=True, kw_only=True):
    """What was removed, or would be."""

    jobs: tuple[str, ...]
    bytes: int


async def prune(database: Database, folder: str, days: float, *, dry_run: bool) -> Pruned:
    """Remove the jobs that ended more than ``days`` days ago. ``folder`` holds their spools.

    With them go folders as old as that which no job has: whoever took the request in was killed before recording it.
    """
    before = time.time() - days * DAY
    old = await database.read(jobs.ended_before, before)
    forsaken = await database.run(jobs.unknown, partial(_older, folder, before))
    size = await trio.to_thread.run_sync(_size, folder, [*old, *forsaken])
    if not dry_run:
        await trio.to_thread.run_sync(_remove, folder, [*old, *forsaken])
        await database.run(panels.remove_panels, before)
        await database.run(crashes.remove_crashes, before)
        for start in range(0, len(old), BATCH):  # last: what dies in between is found again
            await database.run(jobs.remove, old[start : start + BATCH])
    return Pruned(jobs=tuple(old), bytes=size)


def _older(folder: str, before: float) -> list[str]:
    """The folders of jobs in which nothing was begun since."""
    found = []
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        with contextlib.suppress(FileNotFoundError):  # another gateway prunes, too
            if os.lstat(os.path.join(folder, name)).st_mtime < before:
                found.append(name)
    return found


def _size(folder: str, names: list[str]) -> int:
    size = 0
    for name in names:
        for path, _, files in os.walk(os.path.join(folder, name)):
            for file in files:
                with contextlib.suppress(FileNotFoundError):
                    size += os.lstat(os.path.join(path, file)).st_size
    return size


def _remove(folder: str, names: list[str]) -> None:
    for name in names:
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


async def clear(database: Database, work: str, days: float) -> None:
    """Remove the folders below ``work`` that no job and no session knows, and nobody has touched for so long."""
    known = await database.read(jobs.directories)
    await trio.to_thread.run_sync(_clear, work, known, time.time() - days * DAY)


def _clear(work: str, known: set[str], before: float) -> None:
    for path in glob.glob(os.path.join(glob.escape(work), "*", "*")):
        with contextlib.suppress(FileNotFoundError):  # another gateway clears up, too
            if path not in known and os.lstat(path).st_mtime < before:
                shutil.rmtree(path, ignore_errors=True)


async def prune_when_due(database: Database, config: Config) -> None:
    """Prune once a day, in whichever gateway looks first, for as long as this one runs.

    The first look is soon, for many gateways live no longer than their editor's window, but behind the first call.
    """
    await trio.sleep(SOON)
    while True:
        with unharmed("old jobs were not removed"):
            await prune_if_due(database, config, at=time.time())
        await trio.sleep(LOOK)


async def prune_if_due(database: Database, config: Config, *, at: float) -> bool:
    """Prune, unless some gateway has begun to do so within a day; whether it was due."""
    due = await database.run(chores.take, "prune", at=at, every=DAY)
    if due:
        days = config.persistence.retention_days
        await prune(database, Spools(config.state).folder, days, dry_run=False)
        await clear(database, work_folder(config), days)
    return due
