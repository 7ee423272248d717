"""Much output: bounded in size and in time, read page by page, and never held in memory."""

import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import trio

MIB = 2**20
PROMPT = 0.5
"""Seconds after passing the limit in which a run prints its last byte."""
SMALL = 10 * MIB


async def passed(path: Path, size: int) -> float:
    """When a file had grown beyond a size."""
    while not path.exists() or path.stat().st_size <= size:  # noqa: ASYNC110 - nothing tells of a file's growth
        await trio.sleep(0.005)
    return time.time()


async def test_a_flood_is_stopped_soon_after_the_limit(house: Any) -> None:
    """A loaded machine may be late once, but not each time."""
    house.configure(f"output = {MIB}")
    late = []
    async with house.gateway() as peer:
        for _ in range(5):
            job = await peer.begin("ECHO:flood=4000")
            stdout = Path(house.spool(job).at("stdout"))
            begun = await passed(stdout, MIB)
            assert (await peer.ended(job))["ending"] == "overflow"
            late.append(stdout.stat().st_mtime - begun)
            if late[-1] <= PROMPT:
                break
    assert min(late) <= PROMPT
    assert await house.wrongs() == []


async def most_memory(pid: int, seen: list[int]) -> None:
    """Note how much memory a process has, again and again."""
    process = psutil.Process(pid)
    while True:
        seen.append(process.memory_info().rss)
        await trio.sleep(0.02)  # a sample


@pytest.mark.acceptance
async def test_much_output_costs_no_more_memory_than_little_and_is_fetched_whole(house: Any) -> None:
    async with house.gateway() as peer, trio.open_nursery() as nursery:
        await peer.ended(await peer.begin("ECHO:flood=1 little"))
        before, seen = psutil.Process(peer.process.pid).memory_info().rss, [0]
        nursery.start_soon(most_memory, peer.process.pid, seen)
        job = await peer.begin("ECHO:flood=49 much")
        assert (await peer.ended(job))["ending"] == "ok"
        while_running = max(seen) - before
        path = house.spool(job).at("stdout")
        assert await peer.output(job, raw=True) == Path(path).read_bytes()
        while_read = max(seen) - before
        nursery.cancel_scope.cancel()
    assert os.path.getsize(path) >= 49 * 1_000_000
    assert max(while_running, while_read) <= SMALL
    assert await house.wrongs() == []
