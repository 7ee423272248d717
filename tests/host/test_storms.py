"""A job that forks while it is being ended, each time into a session of its own."""

import sys
from typing import Any

import pytest
import trio

from gateway.host import descendants

STORM = """
import os, signal, sys, time
pause, stays, most = float(sys.argv[1]), sys.argv[2] == "stays", int(sys.argv[3])
door = os.open(os.environ["DOOR"], os.O_WRONLY)
for number in range(most):
    signal.alarm(30)
    if os.fork():
        while stays:
            signal.pause()
        os._exit(0)
    os.setsid()
    if number == 5:
        os.write(door, b"begun\\n")
    time.sleep(pause)
signal.pause()
"""


async def weathered(bench: Any, pause: float, parents: str, most: int) -> list[int]:
    """What is left of a storm that was ended at its beginning."""
    argv = (sys.executable, "-SEc", STORM, str(pause), parents, str(most))
    child = await bench.start(*argv)
    with trio.fail_after(30):
        assert await bench.door.heard() == b"begun\n"
        await child.end(0.0)
    return [process.pid for process in await trio.to_thread.run_sync(descendants.marked, bench.job_id)]


async def test_nothing_is_left_of_a_job_that_forks_while_it_is_ended(bench: Any) -> None:
    assert await weathered(bench, 0.005, "stays", 400) == []


@pytest.mark.acceptance
@pytest.mark.parametrize("parents", ["stays", "goes"])
@pytest.mark.parametrize("round", range(5))
async def test_nothing_is_left_of_a_job_that_never_stops_forking(
    bench: Any, parents: str, round: int
) -> None:
    assert await weathered(bench, 0.001, parents, 1000) == []
