"""What is old goes by itself, however short the gateways live."""

from typing import Any

import pytest
import trio

from gateway.service import retention
from gateway.store import jobs
from gateway.store.crashes import Crash, crashes, record_crash

OLD = "update jobs set finished_at = 1 where id = ?"
CRASHED = {"old": 1.0, "new": 1e11}
"""Plugins, and when they have crashed: long ago, and long after the jobs that go."""


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


async def test_a_crash_is_forgotten_when_jobs_as_old_are(opened) -> None:
    old, new = (Crash(plugin=name, hook="gateway_launch", problem="x", at=at) for name, at in CRASHED.items())
    async with opened() as gateway:
        for crash in (old, new):
            await gateway.database.run(record_crash, crash)
        seen = []
        for dry_run in (True, False):
            await retention.prune(gateway.database, gateway.spools.folder, 1.0, dry_run=dry_run)
            seen.append(await gateway.database.read(crashes))

    assert seen == [[new, old], [new]]
