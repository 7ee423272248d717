"""A gateway dies at every point between two durable writes, and nothing is lost."""

import contextlib
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.host.faults import FAULTS

ROOT = Path(__file__).parent.parent.parent / "gateway"
PROMPT = "ECHO:tool=dig ECHO:drip=2 ECHO:running-total hello"
LONG = "ECHO:tool=fold " + "word " * 60_000
SLOW = "ECHO:sleep=60"
ASKED = {"told_to_stop": SLOW, "stopped": SLOW, "answered": LONG}
ADOPTING = ("taken_over", "adopted", "begun", "spawned", "ending", "ended")


def test_every_fault_point_is_reached_from_one_place_and_no_other_is() -> None:
    names = [
        name
        for path in ROOT.rglob("*.py")
        for name in re.findall(r'\breach\("(\w+)"\)', path.read_text("utf-8"))
    ]
    assert sorted(names) == sorted(FAULTS)


def test_only_the_fault_points_read_their_variable() -> None:
    readers = [path.name for path in ROOT.rglob("*.py") if "GATEWAY_FAULT" in path.read_text("utf-8")]
    assert readers == ["faults.py"]


async def dies(peer: Any, prompt: str) -> None:
    """Ask for something that the gateway does not live to finish."""
    with contextlib.suppress(EOFError):
        job = await peer.begin(prompt)
        if prompt == SLOW:
            await peer.told("llm_job_cancel", jobId=job)
        if prompt == LONG:
            await peer.ended(job)
            await peer.output(job, raw=False)
    assert await peer.gone() == -signal.SIGKILL


async def finish(house: Any, peer: Any) -> None:
    """Let a gateway that lives bring everything to its end, and look whether all is there."""
    for job in house.jobs():
        ending = (await peer.ended(job))["ending"]
        (flight,) = house.rows("select prompt from flights where job_id = ?", job)
        assert ending == ("cancelled" if flight["prompt"] == SLOW else "ok")
        if ending == "ok":
            assert await peer.output(job, raw=False) == flight["prompt"].encode()
        raw = Path(house.spool(job).at("stdout")).read_bytes()
        assert await peer.output(job, raw=True) == raw
    assert await house.wrongs() == []


async def test_gateways_die_at_every_point_and_the_last_one_loses_nothing(house: Any) -> None:
    async with house.gateway() as last:
        async with trio.open_nursery() as nursery:
            for fault in sorted(FAULTS - {"taken_over", "adopted"}):
                nursery.start_soon(one_dies, house, fault)
        await finish(house, last)


async def one_dies(house: Any, fault: str) -> None:
    async with house.gateway(fault) as victim:
        await dies(victim, ASKED.get(fault, PROMPT))


@pytest.mark.acceptance
@pytest.mark.parametrize("fault", sorted(FAULTS - {"taken_over", "adopted"}))
async def test_a_gateway_dies_and_its_neighbour_carries_on(house: Any, fault: str) -> None:
    async with house.gateway() as neighbour:
        await one_dies(house, fault)
        await finish(house, neighbour)
    assert len(house.jobs()) == (0 if fault == "asked" else 1)


@pytest.mark.acceptance
@pytest.mark.parametrize("second", ADOPTING)
@pytest.mark.parametrize("first", ["claimed", "recorded", "spawned", "told_to_stop", "ending"])
async def test_a_gateway_dies_while_it_carries_on_and_the_third_does_not(
    house: Any, first: str, second: str
) -> None:
    await one_dies(house, first)
    async with house.gateway(second) as adopter:
        with trio.move_on_after(3):
            await adopter.gone()
    async with house.gateway() as third:
        await finish(house, third)
    assert len(house.jobs()) == 1


@pytest.mark.acceptance
async def test_fifty_running_jobs_outlive_their_gateway(house: Any) -> None:
    async with house.gateway() as victim:
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(victim.begin, f"ECHO:tool=dig ECHO:drip=200 number {number}")
        await house.started(50)
        assert house.rows("select 1 from jobs where status <> 'running'") == []
        victim.signal(signal.SIGKILL)
        await victim.gone()
    async with house.gateway() as following:
        await finish(house, following)
    assert len(house.jobs()) == 50
