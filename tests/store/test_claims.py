"""Requests that are the same share one run, and each has a flight of its own."""

import threading
from typing import Any

import apsw
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gateway.domain.outcome import Exit, Usage
from gateway.domain.request import replace
from gateway.store import jobs
from gateway.store.claims import defer, open_flights, withdraw
from gateway.store.database import open_database

TWIN = {"fingerprint": "same"}
REUSABLE = TWIN | {"directory_state": "clean"}


async def mode(ledger: Any, job_id: str) -> str:
    return (await ledger.database.read(jobs.get, job_id, None)).mode


async def test_a_request_without_a_fingerprint_shares_nothing(ledger: Any) -> None:
    shares = [(await ledger.claimed(job_id))[2] for job_id in ("j1", "j2")]
    assert shares == ["none", "none"]


async def test_an_identical_request_joins_the_running_job(ledger: Any) -> None:
    first, flight, share = await ledger.claimed("j1", **TWIN)
    assert (share, flight) == ("none", ledger.flight(first))
    joined, second, share = await ledger.claimed("j2", **TWIN)
    assert (joined, share) == (first, "running")
    assert second == replace(ledger.flight(ledger.job("j2")), job_id="j1", deduped=1)
    assert await ledger.database.read(jobs.recorded, "j1", None) == (first, [flight, second])
    assert await ledger.database.read(jobs.get, "j2", None) is None


async def test_what_was_asked_is_kept_for_those_that_share_nothing(ledger: Any) -> None:
    kept: list[str] = []
    for job_id in ("j1", "j2"):
        await ledger.claimed(job_id, **TWIN, keep=lambda job_id=job_id: kept.append(job_id))
    assert kept == ["j1"]


async def test_what_cannot_be_kept_is_not_recorded(ledger: Any) -> None:
    def full() -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        await ledger.claimed("j1", keep=full)
    assert await ledger.database.read(jobs.get, "j1", None) is None


async def test_the_schema_allows_one_live_twin_only(ledger: Any) -> None:
    await ledger.claimed("j1", **TWIN)
    await ledger.claimed("j2", fingerprint="other")
    with pytest.raises(apsw.ConstraintError):
        await ledger.rows("update jobs set fingerprint = 'same'")


async def test_a_job_that_is_told_to_stop_is_joined_by_nobody(ledger: Any) -> None:
    await ledger.claimed("j1", **TWIN)
    await ledger.database.run(jobs.ask_to_stop, "j1", "cancelled")
    assert (await ledger.claimed("j2", **TWIN))[2] == "none"


async def test_an_async_twin_makes_the_job_outlive_its_caller(ledger: Any) -> None:
    await ledger.claimed("j1", **TWIN)
    await ledger.claimed("j2", **TWIN)
    assert await mode(ledger, "j1") == "sync"
    await ledger.claimed("j3", **TWIN, mode="async")
    assert await mode(ledger, "j1") == "async"


async def test_every_flight_of_a_job_is_closed_with_it_and_the_usage_is_told_once(ledger: Any) -> None:
    _, flight, _ = await ledger.claimed("j1", **TWIN)
    _, joined, _ = await ledger.claimed("j2", **TWIN, created_at=101.0)
    await ledger.start("j1")
    outcome = ledger.outcome(text="hi", session_id="s1", model="m", usage=Usage(input_tokens=3, cost_usd=0.5))
    _, flights = await ledger.finish("j1", outcome)
    end = {
        "finished_at": 103.0,
        "ending": "ok",
        "answer": "hi",
        "exit_code": 0,
        "model_used": "m",
        "session_id": "s1",
        "duration_ms": 1500,
        "queue_ms": 1500,
    }
    usage = {"input_tokens": 3, "cost_usd": 0.5, "cost_source": "reported"}
    assert flights == [replace(flight, **end, **usage), replace(joined, **end)]


async def ended(ledger: Any, ending: str = "ok") -> None:
    await ledger.claimed("j1", **REUSABLE)
    await ledger.start("j1")
    await ledger.finish(
        "j1", ledger.outcome(ending=ending, session_id="s1", model="m", exit=Exit(returncode=0))
    )


async def test_a_young_answer_serves_an_identical_request(ledger: Any) -> None:
    await ended(ledger)
    job, flight, share = await ledger.claimed("j2", **REUSABLE, reuse_since=99.0, created_at=150.0)
    assert (job.id, share) == ("j1", "finished")
    assert flight == replace(
        ledger.flight(ledger.job("j2", created_at=150.0)),
        job_id="j1",
        deduped=1,
        finished_at=150.0,
        ending="ok",
        exit_code=0,
        model_used="m",
        session_id="s1",
        duration_ms=0,
        queue_ms=0,
    )


@pytest.mark.parametrize(
    ("ending", "asked"),
    [
        ("ok", REUSABLE),
        ("ok", REUSABLE | {"reuse_since": 100.5}),
        ("ok", REUSABLE | {"reuse_since": 99.0, "directory_state": "changed"}),
        ("ok", TWIN | {"reuse_since": 99.0}),
        ("ok", {"reuse_since": 99.0, "fingerprint": "other", "directory_state": "clean"}),
        ("ok", {"reuse_since": 99.0, "directory_state": "clean"}),
        ("provider_error", REUSABLE | {"reuse_since": 99.0}),
        ("truncated", REUSABLE | {"reuse_since": 99.0}),
    ],
)
async def test_an_answer_that_is_old_other_or_bad_serves_nobody(
    ledger: Any, ending: str, asked: dict[str, Any]
) -> None:
    await ended(ledger, ending)
    assert (await ledger.claimed("j2", **asked))[2] == "none"


async def test_who_no_longer_waits_leaves_the_others_waiting(ledger: Any) -> None:
    _, first, _ = await ledger.claimed("j1", **TWIN)
    _, second, _ = await ledger.claimed("j2", **TWIN)
    assert await ledger.database.run(withdraw, first, at=102.5)
    withdrawn = replace(first, finished_at=102.5, ending="cancelled", duration_ms=2500)
    _, flights = await ledger.database.read(jobs.recorded, "j1", None)
    assert flights == [withdrawn, second]
    assert not await ledger.database.run(withdraw, second, at=103.0)
    assert (await ledger.database.read(jobs.recorded, "j1", None))[1] == [withdrawn, second]


async def test_a_gateway_finds_the_open_flights_it_took_itself(ledger: Any) -> None:
    _, mine, _ = await ledger.claimed("j1", **TWIN)
    theirs = ledger.flight(ledger.job("j2"), origin="them")
    await ledger.claimed("j2", **TWIN, flight=theirs)
    assert await ledger.database.read(open_flights, "j1", "me") == [mine]
    assert await ledger.database.read(open_flights, "j1", "them") == [replace(theirs, job_id="j1", deduped=1)]


async def test_a_request_that_is_handed_over_is_async_from_then_on(ledger: Any) -> None:
    _, flight, _ = await ledger.claimed("j1")
    await ledger.database.run(defer, "j1", flight.id)
    job, (deferred,) = await ledger.database.read(jobs.recorded, "j1", None)
    assert (job.mode, deferred.mode) == ("async", "async")


async def test_a_folder_is_unknown_only_while_nobody_is_about_to_record_its_job(
    path: str, ledger: Any
) -> None:
    """A request whose folder is there already, and whose row is not, holds the database."""
    folders, kept, looking = ["left"], threading.Event(), trio.Event()

    def keep() -> None:
        folders.append("taken-in")
        trio.from_thread.run_sync(looking.set, trio_token=token)
        assert kept.wait(5)

    async def look() -> None:
        await looking.wait()
        async with open_database(path) as other, trio.open_nursery() as nursery:
            nursery.start_soon(release)
            found.append(await other.run(jobs.unknown, lambda: list(folders)))

    async def release() -> None:
        await wait_all_tasks_blocked(0.05)  # the other is at the door
        kept.set()

    found: list[list[str]] = []
    token = trio.lowlevel.current_trio_token()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        await ledger.claimed("taken-in", keep=keep)
    assert found == [["left"]]
