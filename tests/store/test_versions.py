"""A database of an older version is brought to this one, with all that is in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from gateway.store import database
from gateway.store.condition import condition
from gateway.store.database import VERSION, open_database
from gateway.store.performance import performance
from gateway.store.rows import insert

OLDER = [Path(__file__).with_name(f"version_{number}.sql").read_text("utf-8") for number in (1, 2)]
FLIGHT = {
    "correlation_id": "c", "job_id": "j", "provider": "acme", "tool": "acme_request", "principal": "local",
    "mode": "sync", "origin": "me", "prompt_hash": "0" * 64, "cost_source": "unknown",
}  # fmt: skip


def old(path: str, version: int) -> apsw.Connection:
    """An open database of an older version, which has an unfinished flight and two that have ended."""
    connection = apsw.Connection(path)
    connection.execute("pragma journal_mode = wal").fetchall()
    connection.execute("begin")
    connection.execute(OLDER[version - 1])
    connection.execute(f"pragma user_version = {version}")
    for number, ending in enumerate(("ok", "timeout", None)):
        ended = {"finished_at": 3.0, "duration_ms": 2000} if ending else {}
        insert(connection, "flights", id=f"f{number}", started_at=1.0, ending=ending, **FLIGHT, **ended)
    connection.execute("commit")
    return connection


def left(connection: apsw.Connection, path: Path, place: Path) -> str:
    """The database as a gateway leaves it that has ended."""
    connection.close()
    return str(path)


def torn(connection: apsw.Connection, path: Path, place: Path) -> str:
    """The database as a gateway leaves it that was killed: all of it is in the log."""
    place.mkdir()
    for each in path.parent.glob(f"{path.name}*"):
        shutil.copy(each, place / each.name)
    connection.close()
    return str(place / path.name)


def schema(connection: apsw.Connection) -> dict[str, str]:
    rows = connection.execute("select name, sql from sqlite_schema where sql is not null").fetchall()
    return {str(name): " ".join(str(sql).split()) for name, sql in rows}


@pytest.mark.parametrize("leave", [left, torn])
@pytest.mark.parametrize("version", [1, 2])
async def test_an_older_version_is_brought_to_this_one(
    tmp_path: Path, leave: Callable[..., str], version: int
) -> None:
    path = leave(old(str(tmp_path / "old.db"), version), tmp_path / "old.db", tmp_path / "copy")
    new = str(tmp_path / "new.db")
    async with open_database(path) as brought, open_database(new) as fresh:
        assert await brought.read(schema) == await fresh.read(schema)
        ids = await brought.read(lambda connection: connection.execute("select id from flights").fetchall())
        told = await brought.read(performance, "local")

    assert [each for (each,) in ids] == ["f0", "f1", "f2"]
    (tool,) = told.by_tool.values()
    assert (tool.request_count, tool.success_count, tool.average_response_time_ms) == (2, 1, 2000.0)
    assert condition(path).version == VERSION


def test_every_version_has_a_way_to_this_one() -> None:
    assert sorted(database.STEPS) == list(range(VERSION))
