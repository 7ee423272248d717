"""Units of work that wait for the database's thread are carried out together, and each as if it were alone."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import apsw
import pytest
import trio
import trio.testing

from gateway.errors import StoreError
from gateway.store import database as module
from gateway.store import jobs
from gateway.store.claims import claim
from gateway.store.database import Database, open_database
from gateway.store.flights import open_flight
from gateway.store.visits import MOST

FOREVER = "with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) from n"


class Gate:
    """A unit of work that keeps the database's thread for as long as a test likes."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.reached = trio.Event()
        self._token = trio.lowlevel.current_trio_token()

    def __call__(self, _: apsw.Connection) -> None:
        self._token.run_sync_soon(self.reached.set)
        self.opened.wait()


@asynccontextmanager
async def crowd(database: Database) -> AsyncIterator[trio.Nursery]:
    """What is started inside waits for the database's thread all at once."""
    gate = Gate()
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.read, gate)
            await gate.reached.wait()
            try:
                yield nursery
                await trio.testing.wait_all_tasks_blocked()
            finally:
                gate.opened.set()


@pytest.fixture
async def transactions(database: Database) -> list[str]:
    """The transactions that are begun from here on."""
    begun: list[str] = []

    def said(_: apsw.Cursor, sql: str, __: Any) -> bool:
        if sql.startswith("begin"):
            begun.append(sql)
        return True

    def trace(connection: apsw.Connection) -> None:
        connection.exec_trace = said

    await database.run(trace)
    return begun


async def ids(database: Database) -> set[str]:
    return {job.id for job in await database.read(jobs.newest, None, 100)}


def failed(told: list[str], run: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """A task that notes how its unit has failed."""

    async def attempt() -> None:
        try:
            await run(*args)
        except (KeyError, StoreError, apsw.ConstraintError) as error:
            told.append(f"{type(error).__name__}: {error}")

    return attempt


async def failed_among_two(ledger: Any, unit: Callable[..., Any], *args: Any) -> str:
    """How a unit fails that waits together with two that begin a job."""
    told: list[str] = []
    async with crowd(ledger.database) as nursery:
        nursery.start_soon(ledger.create, "j1")
        nursery.start_soon(failed(told, ledger.database.run, unit, *args))
        nursery.start_soon(ledger.create, "j2")
    (how,) = told
    return how


def given_up(scope: trio.CancelScope, run: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """A task that no longer waits for its unit when ``scope`` is cancelled."""

    async def attempt() -> None:
        with scope:
            await run(*args)

    return attempt


async def test_what_waits_at_once_is_one_transaction(
    database: Database, ledger: Any, transactions: list[str]
) -> None:
    async with crowd(database) as nursery:
        for number in range(MOST):
            nursery.start_soon(ledger.create, f"j{number}")
    assert transactions == ["begin deferred", "begin immediate"]
    assert await ids(database) == {f"j{number}" for number in range(MOST)}


async def test_more_than_one_visit_can_take_waits_for_the_next(
    database: Database, ledger: Any, transactions: list[str]
) -> None:
    async with crowd(database) as nursery:
        for number in range(MOST + 1):
            nursery.start_soon(ledger.create, f"j{number}")
    assert transactions == ["begin deferred", "begin immediate", "begin immediate"]
    assert await ids(database) == {f"j{number}" for number in range(MOST + 1)}


async def test_reads_that_wait_at_once_see_what_is_written_in_that_visit(
    database: Database, ledger: Any, transactions: list[str]
) -> None:
    found: list[set[str]] = []

    async def look() -> None:
        found.append(await ids(database))

    async with crowd(database) as nursery:
        nursery.start_soon(look)
        nursery.start_soon(ledger.create, "j1")
        nursery.start_soon(look)
    assert found == [{"j1"}, {"j1"}]
    assert transactions == ["begin deferred", "begin immediate", "begin deferred"]


async def test_a_unit_that_fails_among_others_fails_alone(database: Database, ledger: Any) -> None:
    def unit(connection: apsw.Connection) -> None:
        claim(connection, ledger.claim(ledger.job("half")))
        raise KeyError("half way")

    assert await failed_among_two(ledger, unit) == "KeyError: 'half way'"
    assert await ids(database) == {"j1", "j2"}


async def test_what_fills_the_disk_takes_nothing_else_back(database: Database, ledger: Any) -> None:
    await ledger.create("j0")
    ((pages,),) = await ledger.rows("pragma page_count")
    await ledger.rows(f"pragma max_page_count = {pages}")
    huge = ledger.claim(ledger.job("huge", error="x" * 100_000))
    assert await failed_among_two(ledger, claim, huge) == "StoreError: The disk is full."
    assert await ids(database) == {"j0", "j1", "j2"}


async def test_a_locked_database_is_waited_for_once_and_told_to_all(path: str) -> None:
    told: list[BaseException | None] = []
    waits: list[int] = []

    def waited(before: int) -> bool:
        waits.append(before)
        return False

    async def attempt(database: Database) -> None:
        with pytest.raises(StoreError, match="kept the database locked for too long") as found:
            await database.run(lambda _: None)
        told.append(found.value.__cause__)

    async with open_database(path) as database:
        await database.run(lambda connection: connection.set_busy_handler(waited))
        other = apsw.Connection(path)
        other.execute("begin immediate")
        async with crowd(database) as nursery:
            for _ in range(3):
                nursery.start_soon(attempt, database)
        other.close()
    assert [type(error) for error in told] == [apsw.BusyError] * 3
    assert len(set(map(id, told))) == 3, "an error of its own for each: its traceback tells of one task"
    assert waits == [0]


async def test_a_commit_that_fails_takes_nothing_else_back(database: Database, ledger: Any) -> None:
    def unit(connection: apsw.Connection) -> None:
        connection.execute("pragma defer_foreign_keys = on")
        open_flight(connection, ledger.flight(ledger.job("no such job")))

    assert await failed_among_two(ledger, unit) == "ConstraintError: FOREIGN KEY constraint failed"
    assert await ids(database) == {"j1", "j2"}


async def test_a_read_that_fails_or_is_given_up_makes_no_other_begin_again(database: Database) -> None:
    told: list[str] = []
    looks: list[str] = []
    scope = trio.CancelScope()
    gate = Gate()
    gate.opened.set()

    def fail(_: apsw.Connection) -> None:
        raise KeyError("no such thing")

    def count(connection: apsw.Connection) -> None:
        gate(connection)
        connection.execute(FOREVER).fetchall()

    async with crowd(database) as nursery:
        nursery.start_soon(database.read, lambda _: looks.append("first"))
        nursery.start_soon(failed(told, database.read, fail))
        nursery.start_soon(given_up(scope, database.read, count))
        nursery.start_soon(database.read, lambda _: looks.append("last"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(_cancel_when, gate, scope)
    assert (told, sorted(looks)) == (["KeyError: 'no such thing'"], ["first", "last"])


async def _cancel_when(gate: Gate, scope: trio.CancelScope) -> None:
    await gate.reached.wait()
    scope.cancel()


@pytest.mark.parametrize("neighbour", ["in its visit", "before it"])
async def test_what_is_given_up_before_its_turn_is_never_begun(
    neighbour: str, database: Database, ledger: Any
) -> None:
    scope, gate = trio.CancelScope(), Gate()
    async with crowd(database) as nursery:
        if neighbour == "in its visit":
            nursery.start_soon(database.run, gate)
            await trio.testing.wait_all_tasks_blocked()
        else:
            gate.reached.set()
        nursery.start_soon(given_up(scope, ledger.create, "j1"))
        nursery.start_soon(ledger.create, "j2")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(_cancel_when, gate, scope)
        nursery.start_soon(_open_when_cancelled, gate, scope)
    assert await ids(database) == {"j2"}


async def _open_when_cancelled(gate: Gate, scope: trio.CancelScope) -> None:
    await gate.reached.wait()
    while not scope.cancelled_caught:
        await trio.lowlevel.checkpoint()
    gate.opened.set()


async def test_a_database_that_was_closed_says_so(path: str) -> None:
    async with open_database(path) as database:
        pass
    with pytest.raises(apsw.ConnectionClosedError):
        await database.version()


async def test_a_read_that_nobody_waits_for_ends(database: Database, ledger: Any) -> None:
    gate = Gate()
    gate.opened.set()

    def count(connection: apsw.Connection) -> None:
        gate(connection)
        connection.execute(FOREVER).fetchall()

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.read, count)
            await gate.reached.wait()
            nursery.cancel_scope.cancel()
        await ledger.create("j1")


async def test_what_comes_after_a_unit_finds_the_whole_visit_recorded(
    database: Database, ledger: Any
) -> None:
    await ledger.create("j0")
    found: list[int] = []

    def look(_: object) -> None:
        other = apsw.Connection(database.path)
        found.extend(count for (count,) in other.execute("select count(*) from jobs"))
        other.close()

    async def start() -> None:
        await database.run_then(look, jobs.start, "j0", owner="me", at=1.0)

    async with crowd(database) as nursery:
        nursery.start_soon(start)
        nursery.start_soon(ledger.create, "j1")
    assert found == [2]


def test_a_disk_that_hangs_keeps_no_gateway_alive(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING", 0.01)

    async def main() -> Gate:
        gate = Gate()
        async with open_database(path) as database, trio.open_nursery() as nursery:
            nursery.start_soon(database.run, gate)
            await gate.reached.wait()
            nursery.cancel_scope.cancel()
        return gate

    before = set(threading.enumerate())
    gate = trio.run(main)
    (left,) = (
        thread for thread in threading.enumerate() if thread.name == "database" and thread not in before
    )
    assert left.daemon
    gate.opened.set()
    left.join(60)
    assert not left.is_alive()
