"""Two gateways on one database: one is frozen, or merely waits."""

import signal
import time
from typing import Any

import pytest
import trio

PROMPT = "ECHO:tool=dig ECHO:drip=4 hello"
SLOW = "ECHO:sleep=60"
LATENCY = 0.25
"""Seconds after the end of a job in which those who wait in another gateway hear of it."""
INSIDE = {"begun", "spooled", "recorded"}
"""Points at which a gateway is about to start a process: its neighbours wait until it has, or is gone."""


async def ask(peer: Any, answers: list[Any]) -> None:
    told = await peer.tool("echo_request", prompt=PROMPT, workingDir=".")
    answers.append((told["isError"], told["content"][0]["text"]))


@pytest.mark.parametrize(
    "fault",
    [
        "begun",
        *(
            pytest.param(name, marks=pytest.mark.acceptance)
            for name in ("claimed", "spooled", "recorded", "spawned", "ending", "ended")
        ),
    ],
)
async def test_an_owner_that_was_frozen_ends_nothing_twice_and_answers(house: Any, fault: str) -> None:
    answers: list[Any] = []
    async with (
        house.gateway() as neighbour,
        house.gateway(f"{fault}:stop") as owner,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(ask, owner, answers)
        await owner.frozen()
        (job,) = house.jobs().values()
        if fault != "ended":
            await house.until("select 1 from jobs where owner <> ?", job["owner"])
        if fault not in INSIDE:
            await neighbour.ended(job["id"])
        owner.signal(signal.SIGCONT)
        assert (await neighbour.ended(job["id"]))["ending"] == "ok"
    assert answers == [(False, PROMPT)]
    assert await house.wrongs() == []


@pytest.mark.acceptance
async def test_a_frozen_owner_does_not_end_what_its_neighbour_follows(house: Any) -> None:
    async with house.gateway() as neighbour, house.gateway() as owner:
        job = await owner.begin("ECHO:tool=dig ECHO:drip=60 hello")
        await house.started(1)
        first = house.jobs()[job]["owner"]
        owner.signal(signal.SIGSTOP)
        await house.until("select 1 from jobs where owner <> ?", first)
        owner.signal(signal.SIGCONT)
        assert (await owner.ended(job))["ending"] == "ok"
        assert await owner.output(job, raw=False) == await neighbour.output(job, raw=False)
    assert await house.wrongs() == []


@pytest.mark.parametrize("how", ["tool", "heard"])
async def test_who_waits_in_another_gateway_hears_of_the_end_at_once(house: Any, how: str) -> None:
    """A loaded machine may be late once, but not each time."""
    late = []
    async with house.gateway() as owner, house.gateway() as neighbour:
        for number in range(8):
            job = await owner.begin(f"ECHO:drip=6 number {number}")
            await getattr(neighbour, how)("llm_job_watch", jobId=job, maxWaitMs=30_000)
            late.append(time.time() - house.jobs()[job]["finished_at"])
            if late[-1] <= LATENCY:
                break
    assert min(late) <= LATENCY


async def test_the_wall_clock_limit_holds_with_no_gateway_alive(house: Any) -> None:
    async with house.gateway() as victim:
        job = await victim.begin("ECHO:grandchild ECHO:sleep=60", timeoutMs=1000)
        await house.started(1)
    await house.over(job)
    async with house.gateway() as following:
        assert (await following.ended(job))["ending"] == "timeout"
    assert await house.wrongs() == []


async def test_a_gateway_that_merely_stops_leaves_its_jobs_running(house: Any) -> None:
    async with house.gateway() as first, trio.open_nursery() as nursery:
        await first.begin(SLOW)
        nursery.start_soon(forsaken, first)
        await house.started(2)
        await first.hang_up()
        assert await first.gone() == 0
    assert [house.spool(job).alive() for job in house.jobs()] == [True, True]
    async with house.gateway() as following:
        for job in house.jobs():
            await following.told("llm_job_cancel", jobId=job)
            assert (await following.ended(job))["ending"] == "cancelled"
    assert await house.wrongs() == []


async def forsaken(peer: Any) -> None:
    """Ask, and get no answer."""
    with pytest.raises(EOFError):
        await peer.tool("echo_request", prompt=SLOW, workingDir=".", forceRefresh=True)
