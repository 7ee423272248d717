"""Forgets what is old: jobs with their flights and output, closed panels, folders of remote callers."""

import contextlib
import glob
import os
import shutil
import time
from functools import partial

import trio
from msgspec import Struct

from gateway.store import jobs, panels
from gateway.store.database import Database, unharmed

DAY = 86_400.0


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
        await database.run(jobs.remove, old)  # last: what dies in between is found again
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


async def prune_daily(database: Database, folder: str, work: str, days: float) -> None:
    """Prune once a day for as long as a gateway runs; never as a side effect of starting one."""
    while True:
        await trio.sleep(DAY)
        with unharmed("old jobs were not removed"):
            await prune(database, folder, days, dry_run=False)
            await clear(database, work, days)
