"""The life of a job: each step is one transaction, and the end happens once."""

from typing import Any

import apsw
import pytest

from gateway.domain.outcome import Exit, Usage
from gateway.domain.provider import Price
from gateway.domain.request import replace
from gateway.store import jobs
from gateway.store.claims import claim

PRICES = (Price(models="large*", input_usd=1_000_000, output_usd=2_000_000),)
TOKENS = Usage(input_tokens=2, output_tokens=3)


async def test_a_request_is_a_job_and_a_flight(ledger: Any) -> None:
    job = await ledger.create("j1")
    assert await ledger.database.read(jobs.recorded, "j1", "local") == (job, [ledger.flight(job)])


async def test_a_job_whose_flight_cannot_be_written_is_not_written_either(ledger: Any) -> None:
    job = ledger.job("j1")
    with pytest.raises(apsw.ConstraintError):
        await ledger.database.run(claim, ledger.claim(job, ledger.flight(job, cost_usd=1.0)))
    assert await ledger.database.read(jobs.get, "j1", None) is None


async def test_a_started_job_has_an_owner_and_a_time(ledger: Any) -> None:
    job = await ledger.create("j1")
    started = await ledger.database.run(jobs.start, "j1", owner="me", at=101.5, attempt=2)
    assert started == replace(job, status="running", started_at=101.5, attempt=2)
    assert await ledger.rows("select owner from jobs") == [("me",)]


async def test_the_first_reason_to_stop_stays(ledger: Any) -> None:
    await ledger.begin("j1")
    asked = [await ledger.database.run(jobs.ask_to_stop, "j1", reason) for reason in ("idle", "cancelled")]
    assert asked == [True, False]
    assert (await ledger.database.read(jobs.get, "j1", None)).stop_reason == "idle"


async def test_an_ended_job_is_not_stopped_or_started_again(ledger: Any) -> None:
    await ledger.begin("j1")
    job, _ = await ledger.finish("j1", ledger.outcome())
    assert not await ledger.database.run(jobs.ask_to_stop, "j1", "cancelled")
    assert await ledger.database.run(jobs.start, "j1", owner="me", at=200.0) is None
    assert await ledger.database.read(jobs.get, "j1", None) == job


async def test_the_end_closes_job_and_flight_with_everything_that_is_known(ledger: Any) -> None:
    await ledger.begin("j1")
    begun = await ledger.database.run(jobs.start, "j1", owner="me", at=110.0, attempt=2)
    outcome = ledger.outcome(
        ending="truncated",
        exit=Exit(returncode=3),
        text="half an answer",
        text_bytes=500_000,
        error="cut",
        session_id="s1",
        model="large-1",
        usage=replace(TOKENS, cache_read_tokens=0, reasoning_tokens=1),
    )
    job, (flight,) = await ledger.finish("j1", outcome, prices=PRICES)
    end = {"finished_at": 103.0, "ending": "truncated", "error": "cut", "session_id": "s1"}
    assert job == replace(
        begun,
        status="ended",
        returncode=3,
        model="large-1",
        stdout_bytes=10,
        stderr_bytes=2,
        answer_bytes=500_000,
        **end,
    )
    assert flight == replace(
        ledger.flight(begun),
        model_used="large-1",
        answer="half an answer",
        exit_code=3,
        duration_ms=1500,
        queue_ms=1500,
        retries=1,
        input_tokens=2,
        output_tokens=3,
        cache_read_tokens=0,
        reasoning_tokens=1,
        cost_usd=8.0,
        cost_source="computed",
        **end,
    )


async def test_a_job_that_never_started_took_no_time(ledger: Any) -> None:
    await ledger.create("j1")
    outcome = ledger.outcome(ending="cli_missing", exit=Exit(returncode=None))
    job, (flight,) = await ledger.finish("j1", outcome, finished_at=100.25)
    assert (job.started_at, job.returncode) == (None, None)
    assert (flight.duration_ms, flight.queue_ms, flight.exit_code) == (250, 0, None)


async def test_a_second_end_changes_nothing(ledger: Any) -> None:
    await ledger.begin("j1")
    first = await ledger.finish("j1", ledger.outcome(text="first", session_id="s1"))
    before = await ledger.rows("select * from jobs, flights, sessions")
    assert (
        await ledger.finish("j1", ledger.outcome(ending="lost", session_id="s2"), finished_at=999.0) is None
    )
    assert await ledger.rows("select * from jobs, flights, sessions") == before
    assert await ledger.database.read(jobs.recorded, "j1", None) == first


async def test_a_job_that_is_not_there_cannot_end(ledger: Any) -> None:
    assert await ledger.finish("nobody", ledger.outcome()) is None


async def test_an_end_is_written_whole_or_not_at_all(ledger: Any) -> None:
    job = await ledger.begin("j1")
    await ledger.rows(
        "create trigger full before insert on sessions begin select raise(abort, 'no room'); end"
    )
    with pytest.raises(apsw.ConstraintError, match="no room"):
        await ledger.finish("j1", ledger.outcome(session_id="s1"))
    assert await ledger.database.read(jobs.recorded, "j1", None) == (job, [ledger.flight(job)])


async def test_bodies_are_not_kept_where_they_are_not_wanted(ledger: Any) -> None:
    await ledger.begin("j1")
    _, (flight,) = await ledger.finish("j1", ledger.outcome(text="secret"), keep_bodies=False)
    assert flight.answer is None


@pytest.mark.parametrize(
    ("usage", "model", "cost", "source"),
    [
        (replace(TOKENS, cost_usd=0.5), "large-1", 0.5, "reported"),
        (replace(TOKENS, cost_usd=0.0), "large-1", 0.0, "reported"),
        (TOKENS, "large-1", 8.0, "computed"),
        (TOKENS, "small", None, "unknown"),
        (Usage(), "large-1", None, "unknown"),
    ],
)
async def test_a_flight_tells_where_its_cost_comes_from(
    ledger: Any, usage: Usage, model: str, cost: float | None, source: str
) -> None:
    await ledger.begin("j1")
    _, (flight,) = await ledger.finish("j1", ledger.outcome(usage=usage, model=model), prices=PRICES)
    assert (flight.cost_usd, flight.cost_source) == (cost, source)


async def test_a_job_belongs_to_its_principal(ledger: Any) -> None:
    job = await ledger.create("j1", principal="anna")
    read = ledger.database.read
    assert [await read(jobs.get, "j1", who) for who in ("anna", None, "bert")] == [job, job, None]
    assert [await read(jobs.get, "j2", who) for who in ("anna", None)] == [None, None]
    assert await read(jobs.recorded, "j1", "bert") is None


async def test_the_newest_jobs_come_first_and_only_ones_own(ledger: Any) -> None:
    for number, principal in enumerate(["anna", "bert", "anna"]):
        await ledger.create(f"j{number}", principal=principal, created_at=float(number))
    await ledger.finish("j2", ledger.outcome())

    async def newest(*args: Any, **kwargs: Any) -> list[str]:
        return [job.id for job in await ledger.database.read(jobs.newest, *args, **kwargs)]

    assert await newest(None, 10) == ["j2", "j1", "j0"]
    assert await newest(None, 2) == ["j2", "j1"]
    assert await newest("anna", 10) == ["j2", "j0"]
    assert await newest("anna", 10, unfinished=True) == ["j0"]
    assert await newest("nobody", 10) == []


async def test_jobs_are_found_by_the_beginning_of_their_id(ledger: Any) -> None:
    for number, job_id in enumerate(["ab1", "ab2", "a_3", "Ab4", "b"]):
        await ledger.create(job_id, principal="bert" if job_id == "ab2" else "anna", created_at=float(number))

    async def beginning(*args: Any) -> list[str]:
        return [job.id for job in await ledger.database.read(jobs.beginning, *args)]

    assert await beginning("a", None, 10) == ["a_3", "ab2", "ab1"]
    assert await beginning("a", None, 2) == ["a_3", "ab2"]
    assert await beginning("a", "anna", 10) == ["a_3", "ab1"]
    assert await beginning("a_", None, 10) == ["a_3"]
    assert await beginning("ab1", None, 10) == ["ab1"]
    assert await beginning("%", None, 10) == []
    assert len(await beginning("", None, 10)) == 5


async def test_what_has_not_ended_is_told_with_its_gateway(ledger: Any) -> None:
    running = await ledger.begin("j2", created_at=2.0)
    queued = await ledger.create("j1", created_at=1.0, principal="bert")
    await ledger.begin("j3")
    await ledger.finish("j3", ledger.outcome())
    await ledger.rows("update jobs set owner = 'them' where id = 'j1'")
    read = ledger.database.read
    assert await read(jobs.owned, None) == [(queued, "them"), (running, "me")]
    assert await read(jobs.owned, "local") == [(running, "me")]
