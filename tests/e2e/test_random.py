"""Gateways die, stop and lose their clients at random times, one after the other, and two at a time."""

import contextlib
import random
import signal
from typing import Any

import pytest
import trio

KINDS = {
    "short": "number {}",
    "drip": "ECHO:tool=dig ECHO:drip=10 number {}",
    "flood": "ECHO:flood=1 number {}",
    "stubborn": "ECHO:ignore-term ECHO:sleep=0.3 number {}",
    "parent": "ECHO:grandchild number {}",
    "endless": "ECHO:ignore-term ECHO:sleep=60 number {}",
}
"""What the jobs do. An endless one is cancelled, by whoever gets to it."""


class Storm:
    """Rounds of gateways that do not get far."""

    def __init__(self, house: Any, seed: int) -> None:
        self._house = house
        self._random = random.Random(seed)
        self._number = 0

    async def round(self) -> None:
        """Two gateways at once, each with a few jobs and little time."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._life)
            nursery.start_soon(self._life)

    async def _life(self) -> None:
        chance = self._random
        end = chance.choice(["kill", "kill", "term", "hang up"])
        kinds = [chance.choice(list(KINDS)) for _ in range(chance.randint(1, 3))]
        time = chance.uniform(0.0, 0.6)
        async with self._house.gateway() as peer:
            await peer.greeted.wait()
            async with trio.open_nursery() as nursery:
                for kind in kinds:
                    nursery.start_soon(self._ask, peer, kind)
                await trio.sleep(time)  # the moment of the end is what is tried here
                await self._end(peer, end)

    async def _ask(self, peer: Any, kind: str) -> None:
        self._number += 1
        with contextlib.suppress(EOFError):
            job = await peer.begin(KINDS[kind].format(self._number))
            if kind == "endless":
                await peer.told("llm_job_cancel", jobId=job)

    async def _end(self, peer: Any, how: str) -> None:
        match how:
            case "kill":
                peer.signal(signal.SIGKILL)
            case "term":
                peer.signal(signal.SIGTERM)
            case "hang up":
                await peer.hang_up()
        await peer.gone()

    async def calm(self) -> None:
        """A gateway that lives brings everything to its end."""
        house = self._house
        async with house.gateway() as last:
            for job in house.jobs():
                (flight,) = house.rows("select prompt from flights where job_id = ?", job)
                endless = "sleep=60" in flight["prompt"]
                if endless:
                    await last.told("llm_job_cancel", jobId=job)
                assert (await last.ended(job))["ending"] == ("cancelled" if endless else "ok")
                if not endless:
                    assert await last.output(job, raw=False) == flight["prompt"].encode()
        assert await house.wrongs() == []


@pytest.mark.parametrize(
    ("seed", "rounds"),
    [(1, 1), *(pytest.param(seed, 5, marks=pytest.mark.acceptance) for seed in range(2, 23))],
)
async def test_nothing_is_lost_whenever_a_gateway_ends(house: Any, seed: int, rounds: int) -> None:
    storm = Storm(house, seed)
    for _ in range(rounds):
        await storm.round()
    await storm.calm()
