"""How a running process and its descendants are doing."""

import contextlib
import time

import psutil
from msgspec import Struct


class Vitals(Struct, frozen=True, kw_only=True, rename="camel"):
    """A look at a process tree. ``cpu_percent`` is of one core, over the sample; None: gone before it ended."""

    pid: int
    alive: bool
    state: str | None
    cpu_percent: float | None
    memory_rss_kb: int | None
    processes: int
    sampled_at: float


SAMPLE = 0.1
"""Seconds over which the processor time is measured."""


def look_at(pids: list[int]) -> dict[int, Vitals]:
    """Vitals of each process. Takes `SAMPLE` seconds, so call it in a thread."""
    trees = {pid: _tree(pid) for pid in pids}
    before = {pid: _busy(tree) for pid, tree in trees.items()}
    begun = time.monotonic()
    time.sleep(SAMPLE)
    lasted = time.monotonic() - begun
    return {pid: _vitals(pid, tree, before[pid], lasted) for pid, tree in trees.items()}


def _tree(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _busy(tree: list[psutil.Process]) -> float:
    total = 0.0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _vitals(pid: int, tree: list[psutil.Process], before: float, lasted: float) -> Vitals:
    states, memory = [], 0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            states.append(process.status())
            memory += process.memory_info().rss
    alive = bool(states) and states[0] != psutil.STATUS_ZOMBIE
    return Vitals(
        pid=pid,
        alive=alive,
        state=states[0] if states else None,
        cpu_percent=round(100 * (_busy(tree) - before) / lasted, 1) if alive else None,
        memory_rss_kb=memory // 1024 if alive else None,
        processes=len(states),
        sampled_at=time.time(),
    )
