"""What the schema itself refuses, whoever writes."""

from typing import Any

import apsw
import pytest

from gateway.domain.outcome import ENDINGS, Ending
from gateway.store import jobs

ENDED = {"status": "ended", "finished_at": 3.0, "ending": "ok"}
RUNNING = {"status": "running", "started_at": 2.0, "owner": "me"}


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "done"},
        {"mode": "later"},
        {"attempt": 0},
        {"stop_reason": "bored"},
        {"provider": None},
        {"created_at": "yesterday"},
        {"finished_at": 3.0},
        {"ending": "ok"},
        {"status": "ended"},
        {"status": "ended", "finished_at": 3.0},
        {"status": "ended", "ending": "ok"},
        ENDED | {"ending": "splendid"},
        {"status": "running"},
        {"status": "running", "started_at": 2.0, "owner": None},
        RUNNING | {"finished_at": 3.0},
    ],
    ids=str,
)
async def test_an_impossible_job_is_refused(ledger: Any, columns: dict[str, Any]) -> None:
    await ledger.create("j1")
    sets = ", ".join(f"{name} = ?" for name in columns)
    with pytest.raises(apsw.ConstraintError):
        await ledger.rows(f"update jobs set {sets}", *columns.values())


@pytest.mark.parametrize("columns", [ENDED, RUNNING, RUNNING | ENDED, {"stop_reason": "idle"}], ids=str)
async def test_a_possible_job_is_taken(ledger: Any, columns: dict[str, Any]) -> None:
    await ledger.create("j1")
    sets = ", ".join(f"{name} = ?" for name in columns)
    assert await ledger.rows(f"update jobs set {sets}", *columns.values()) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"finished_at": 3.0},
        {"ending": "ok"},
        {"cost_source": "guessed"},
        {"cost_usd": 1.0},
        {"cost_source": "reported"},
        {"cost_source": "computed"},
        {"job_id": "nobody"},
        {"input_tokens": "many"},
        {"prompt_hash": None},
        {"mode": "later"},
        {"deduped": 2},
        {"origin": None},
        {"breaker": "ajar"},
    ],
    ids=str,
)
async def test_an_impossible_flight_is_refused(ledger: Any, columns: dict[str, Any]) -> None:
    await ledger.create("j1")
    sets = ", ".join(f"{name} = ?" for name in columns)
    with pytest.raises(apsw.ConstraintError):
        await ledger.rows(f"update flights set {sets}", *columns.values())


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_schema_knows_every_ending(ledger: Any, ending: Ending) -> None:
    await ledger.begin("j1")
    job, (flight,) = await ledger.finish("j1", ledger.outcome(ending=ending))
    assert (job.ending, flight.ending) == (ending, ending)


async def test_a_job_takes_its_flights_along(ledger: Any) -> None:
    await ledger.create("j1")
    await ledger.rows("delete from jobs")
    assert await ledger.rows("select count(*) from flights") == [(0,)]


async def test_a_jobs_id_is_taken_once(ledger: Any) -> None:
    await ledger.create("j1")
    with pytest.raises(apsw.ConstraintError):
        await ledger.create("j1")
    assert [job.id for job in await ledger.database.read(jobs.newest, None, 10)] == ["j1"]
