"""Which gateway a job belongs to, and who may take it over."""

from typing import Any

from gateway.domain.jobs import Job
from gateway.domain.request import replace
from gateway.store import jobs

NOBODY: frozenset[str] = frozenset()


async def taken_over(ledger: Any, **facts: Any) -> list[Job]:
    usual = {"owner": "other", "providers": ["acme"], "gone": NOBODY, "until": 200.0}
    return await ledger.database.run(jobs.take_over, **(usual | facts))


async def taken(ledger: Any, *, gone: frozenset[str] = NOBODY, now: float = 100.0) -> list[str]:
    return sorted(job.id for job in await taken_over(ledger, gone=gone, now=now))


async def test_a_living_owner_keeps_its_jobs(ledger: Any) -> None:
    await ledger.create("j1")
    assert await taken(ledger) == []
    assert await ledger.database.read(jobs.owners) == {"me"}


async def test_an_expired_lease_may_be_taken_over(ledger: Any) -> None:
    job = await ledger.begin("j1")
    assert not await ledger.database.read(jobs.any_expired, now=129.0)
    assert await ledger.database.read(jobs.any_expired, now=131.0)
    assert await taken_over(ledger, now=131.0) == [job]
    assert await ledger.database.read(jobs.owners) == {"other"}
    assert await taken(ledger, now=131.0) == []


async def test_the_jobs_of_a_gateway_that_is_gone_are_taken_over_at_once(ledger: Any) -> None:
    await ledger.create("j1")
    await ledger.create("j2")
    await ledger.finish("j2", ledger.outcome())
    assert await taken(ledger, gone=frozenset({"me", "somebody"})) == ["j1"]


async def test_a_job_is_left_to_a_gateway_that_has_its_plugin(ledger: Any) -> None:
    job = await ledger.begin("j1")
    assert await taken_over(ledger, providers=[], gone=["me"], now=131.0) == []
    assert await taken_over(ledger, providers=["zeta"], gone=["me"], now=131.0) == []
    assert await taken_over(ledger, providers=[], now=131.0 + jobs.ABANDONED) == [job]


async def test_a_job_that_was_taken_over_is_no_longer_its_first_owners(ledger: Any) -> None:
    await ledger.begin("j1")
    await taken(ledger, now=131.0)
    before = await ledger.rows("select * from jobs, flights")
    assert await ledger.database.run(jobs.start, "j1", owner="me", at=140.0) is None
    assert await ledger.finish("j1", ledger.outcome()) is None
    assert await ledger.database.run(jobs.renew, owner="me", until=300.0) == NOBODY
    assert await ledger.rows("select * from jobs, flights") == before
    assert await ledger.finish("j1", ledger.outcome(), owner="other") is not None


async def test_a_renewed_lease_does_not_expire(ledger: Any) -> None:
    for job_id in ("j1", "j2", "j3"):
        await ledger.create(job_id)
    await ledger.finish("j3", ledger.outcome())
    assert await ledger.database.run(jobs.renew, owner="me", until=300.0) == {"j1", "j2"}
    assert await taken(ledger, now=131.0) == []


async def test_an_owner_is_told_which_of_its_jobs_are_to_stop(ledger: Any) -> None:
    for job_id in ("j1", "j2", "j3"):
        await ledger.begin(job_id)
    await ledger.database.run(jobs.ask_to_stop, "j1", "cancelled")
    await ledger.database.run(jobs.ask_to_stop, "j3", "timeout")
    await ledger.finish("j3", ledger.outcome())
    assert await ledger.database.read(jobs.told_to_stop, owner="me") == {"j1": "cancelled"}
    assert await ledger.database.read(jobs.told_to_stop, owner="other") == {}


async def test_a_job_that_is_told_to_stop_is_not_started(ledger: Any) -> None:
    await ledger.create("j1")
    await ledger.database.run(jobs.ask_to_stop, "j1", "cancelled")
    assert await ledger.database.run(jobs.start, "j1", owner="me", at=101.0) is None


async def test_a_second_attempt_keeps_the_time_of_the_first(ledger: Any) -> None:
    job = await ledger.begin("j1")
    again = await ledger.database.run(jobs.start, "j1", owner="me", at=110.0, attempt=2)
    assert again == replace(job, attempt=2)


async def test_old_jobs_are_forgotten_with_their_flights_and_living_ones_are_not(ledger: Any) -> None:
    for number in range(3):
        await ledger.create(f"j{number}")
    await ledger.finish("j0", ledger.outcome(), finished_at=100.0)
    await ledger.finish("j1", ledger.outcome(), finished_at=200.0)
    old = await ledger.database.read(jobs.ended_before, 150.0)
    assert old == ["j0"]
    await ledger.database.run(jobs.remove, [*old, "j2"])
    assert await ledger.rows("select id, job_id from flights order by id") == [("f-j1", "j1"), ("f-j2", "j2")]
