from typing import Any

import apsw
import pytest
from msgspec import structs

from gateway.domain.panels import Panel, Seat
from gateway.store.database import Database
from gateway.store.panels import create_panel, get_panel, seal, seat_judge

SEAT = Seat(number=0, provider="acme", correlation_id="c0", job_id="j0", flight_id="f0")
ABSENT = Seat(number=1, provider="apex", correlation_id="c1", ending="cli_missing", error="not found")
JUDGE = Seat(number=2, role="judge", provider="acme", correlation_id="c2", job_id="j2", flight_id="f2")
PANEL = Panel(
    id="p1",
    principal="local",
    tool="consensus_check",
    intent="consensus",
    created_at=1.5,
    request={"content": "ä", "list": [1]},
    judge="acme",
    working_dir="/work",
    timeout_ms=1000,
    seats=(SEAT, ABSENT),
)


@pytest.fixture
async def there(database: Database) -> Database:
    await database.run(create_panel, PANEL)
    return database


async def test_a_panel_comes_back_as_it_was(there: Database) -> None:
    assert await there.read(get_panel, "p1", "local") == PANEL


@pytest.mark.parametrize(("panel_id", "principal"), [("p2", "local"), ("p1", "somebody")])
async def test_a_panel_is_nobody_elses(there: Database, panel_id: str, principal: str) -> None:
    assert await there.read(get_panel, panel_id, principal) is None


async def test_the_first_judge_stays(there: Database) -> None:
    await there.run(seat_judge, "p1", JUDGE)
    await there.run(seat_judge, "p1", structs.replace(JUDGE, number=3, job_id="j3"))
    panel = await there.read(get_panel, "p1", "local")
    assert panel == structs.replace(PANEL, seats=(SEAT, ABSENT, JUDGE))


@pytest.mark.parametrize(("keep", "request_"), [(True, PANEL.request), (False, {})])
async def test_the_first_receipt_stays_and_what_was_asked_only_where_it_may(
    there: Database, keep, request_
) -> None:
    await there.run(seal, "p1", "first", at=2.0, keep_bodies=keep)
    await there.run(seal, "p1", "second", at=3.0, keep_bodies=keep)
    panel = await there.read(get_panel, "p1", "local")
    assert panel == structs.replace(PANEL, receipt="first", request=request_)


@pytest.mark.parametrize(
    "columns", [{"intent": "gossip"}, {"receipt": "x"}, {"sealed_at": 1.0}, {"request": None}], ids=str
)
async def test_an_impossible_panel_is_refused(there: Database, columns: dict[str, Any]) -> None:
    await refused(there, "panels", columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"role": "guest"},
        {"number": -1},
        {"job_id": None},
        {"flight_id": None},
        {"ending": "ok"},
        {"role": "judge"},
    ],
    ids=str,
)
async def test_an_impossible_seat_is_refused(there: Database, columns: dict[str, Any]) -> None:
    await refused(there, "seats", columns)


async def refused(database: Database, table: str, columns: dict[str, Any]) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    statement = f"update {table} set {sets}"
    with pytest.raises(apsw.ConstraintError):
        await database.run(
            lambda connection: connection.execute(statement, tuple(columns.values())).fetchall()
        )


async def test_a_panel_takes_its_seats_along(there: Database) -> None:
    await there.run(lambda connection: connection.execute("delete from panels").fetchall())
    assert await there.read(
        lambda connection: connection.execute("select count(*) from seats").fetchall()
    ) == [(0,)]
