"""What is old goes by itself, however short the gateways live."""

from typing import Any

import pytest
import trio

from gateway.service import retention
from gateway.store import jobs

OLD = "update jobs set finished_at = 1 where id = ?"


async def aged(gateway: Any, ask: Any, prompt: str) -> str:
    """A job that ended long ago."""
    job_id = (await ask(gateway, prompt)).job.id
    await gateway.database.run(lambda connection: connection.execute(OLD, (job_id,)).fetchall())
    return str(job_id)


async def kept(gateway: Any, job_id: str) -> bool:
    return await gateway.database.read(jobs.get, job_id, None) is not None


async def test_a_gateway_prunes_soon_after_its_start_once_in_a_day(
    opened, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as gateway:
        first = await aged(gateway, ask, "first")
    monkeypatch.setattr(retention, "SOON", 0.0)
    async with opened() as gateway:
        with trio.fail_after(60):
            while await kept(gateway, first):
                await trio.lowlevel.checkpoint()
        second = await aged(gateway, ask, "second")
        again = await retention.prune_if_due(gateway.database, gateway.config, at=2.0)
        assert (again, await kept(gateway, second)) == (True, False)  # the clock was wrong, so it is due


async def test_what_another_gateway_has_pruned_today_is_let_be(opened, ask) -> None:
    async with opened() as gateway:
        times = (1e9, 1e9 + retention.DAY - 1, 1e9 + retention.DAY)
        done = [await retention.prune_if_due(gateway.database, gateway.config, at=at) for at in times]

    assert done == [True, False, True]
