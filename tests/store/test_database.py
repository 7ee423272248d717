"""Opening, failing and sharing one database file."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
import pytest
import trio
import trio.testing

from gateway.errors import StoreError
from gateway.store import database as module
from gateway.store import jobs
from gateway.store.claims import claim
from gateway.store.condition import condition
from gateway.store.database import VERSION, Database, open_database
from gateway.store.flights import flights_of, open_flight
from gateway.store.former import former_flights
from gateway.store.mark import MARK, is_ours


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


async def test_everything_on_disk_is_for_its_owner_only(open_umask: None, path: str, tmp_path: Path) -> None:
    async with open_database(path) as database:
        await database.run(lambda connection: connection.execute("create table more (x)").fetchall())
        modes = {name: mode(path + name) for name in ("", "-wal", "-shm")}
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    assert mode(os.path.dirname(path)) == 0o700


async def test_a_database_that_others_could_read_is_closed_to_them(path: str) -> None:
    async with open_database(path):
        pass
    os.chmod(path, 0o644)
    async with open_database(path):
        assert mode(path) == 0o600


async def test_what_was_written_is_there_when_it_is_opened_again(path: str, ledger: Any) -> None:
    job = await ledger.create("j1")
    async with open_database(path) as again:
        assert await again.read(jobs.get, "j1", None) == job


async def test_a_database_of_a_newer_gateway_is_refused_and_left_alone(path: str) -> None:
    os.makedirs(os.path.dirname(path))
    connection = apsw.Connection(path)
    connection.execute(f"pragma application_id = {MARK}; pragma user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError) as refusal:
        async with open_database(path):
            pass
    assert str(refusal.value) == f"The database is of version {VERSION + 1}, this gateway knows {VERSION}."
    connection = apsw.Connection(path)
    assert connection.execute("select * from sqlite_schema").fetchall() == []
    connection.close()


def former(path: str) -> None:
    """A database of version 1.7.0, with a log that was not merged."""
    connection = apsw.Connection(path)
    connection.execute(
        "pragma journal_mode = wal; create table jobs (id text primary key, cli text)"
    ).fetchall()
    shutil.copy(f"{path}-wal", f"{path}-kept")
    connection.close()
    shutil.move(f"{path}-kept", f"{path}-wal")


def contents(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every byte in a folder, with what is known of its files."""
    return {
        each.name: (each.read_bytes(), each.stat().st_mode, each.stat().st_mtime_ns)
        for each in folder.iterdir()
    }


async def opened(path: str) -> None:
    async with open_database(path):
        pass


@pytest.mark.parametrize("make", [former, lambda path: Path(path).write_text("my diary")])
async def test_what_another_program_made_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[str], object]
) -> None:
    path = str(tmp_path / "gateway.db")
    make(path)
    os.chmod(path, 0o644)
    before = contents(tmp_path)
    told = rf"^{path} is no database of the gateway. It was left as it is.$"
    with pytest.raises(StoreError, match=told):
        await opened(path)
    with pytest.raises(StoreError, match=told):
        condition(path)
    assert contents(tmp_path) == before


async def looked_up(path: str) -> None:
    async with open_database(path) as database:
        await database.read(jobs.newest, None, 1)
        await database.read(flights_of, "j")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("pragma user_version = 1", "table tallies already exists"),
        ("pragma user_version = 2", "duplicate column name: finish_reason"),
        ("pragma user_version = 0", "table jobs already exists"),
        ("drop table flights", "no such table: flights"),
        ("alter table jobs drop column notes", "no such column: notes"),
        ("pragma user_version = 1; drop table tallies; drop table flights", "no such table: main.flights"),
    ],
)
async def test_a_database_with_odd_tables_is_told_with_its_name_and_what_to_do(
    path: str, spoil: str, told: str
) -> None:
    async with open_database(path):
        pass
    connection = apsw.Connection(path)
    connection.execute(spoil)
    connection.close()
    with pytest.raises(StoreError) as caught:
        await looked_up(path)
    words = f"{path} is not made as a database of its version is: {told}. What it holds was left as it is."

    assert (str(caught.value), "move it and its -wal aside" in caught.value.hint) == (words, True)


async def test_a_database_is_known_as_ours_before_its_log_is_merged(path: str) -> None:
    async with open_database(path), open_database(path):
        assert condition(path).version == VERSION


@pytest.mark.parametrize("below", ["", "below"])
async def test_a_path_that_cannot_hold_a_database_is_told(tmp_path: Path, below: str) -> None:
    obstacle = tmp_path / "obstacle"
    if below:
        obstacle.write_text("a file where a folder should be")
    else:
        obstacle.mkdir()
    path = str(obstacle / below) if below else str(obstacle)
    with pytest.raises(StoreError, match=rf"^The database {path} cannot be opened: "):
        async with open_database(path):
            pass


async def test_a_full_disk_is_told_and_what_was_recorded_is_intact(database: Database, ledger: Any) -> None:
    job = await ledger.create("j1")
    ((pages,),) = await ledger.rows("pragma page_count")
    await ledger.rows(f"pragma max_page_count = {pages}")
    huge = ledger.job("j2", error="x" * 100_000)
    with pytest.raises(StoreError, match=r"^The disk is full\.$"):
        await database.run(claim, ledger.claim(huge))
    await ledger.rows("pragma max_page_count = 100000")
    assert await database.read(jobs.newest, None, 10) == [job]
    await database.run(claim, ledger.claim(huge))


@pytest.mark.parametrize(
    ("error", "free", "told"),
    [
        (apsw.IOError("disk I/O error"), 0, "The disk is full."),
        (apsw.IOError("disk I/O error"), 1, "The database cannot be used: disk I/O error"),
        (apsw.CorruptError("malformed"), 0, "The database cannot be used: malformed"),
    ],
)
async def test_an_error_on_a_full_disk_is_told_as_that_unless_it_has_another_cause(
    error: apsw.Error, free: int, told: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unit(_: apsw.Connection) -> None:
        raise error

    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free))
    with pytest.raises(StoreError) as found:
        await database.read(unit)
    assert str(found.value) == told


async def test_a_database_locked_for_too_long_is_told(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY", 1)
    async with open_database(path) as database:
        other = apsw.Connection(path)
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"^Another gateway kept the database locked for too long\.$"):
            await database.run(lambda connection: None)
        assert await database.read(jobs.newest, None, 1) == []
        other.execute("rollback")
        other.close()
        await database.run(lambda connection: None)


async def test_a_unit_that_fails_leaves_nothing_behind(database: Database, ledger: Any) -> None:
    def unit(connection: apsw.Connection) -> None:
        job = ledger.job("j1")
        claim(connection, ledger.claim(job))
        raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        await database.run(unit)
    assert await database.read(jobs.get, "j1", None) is None


async def test_a_commit_that_fails_leaves_no_transaction_open(database: Database, ledger: Any) -> None:
    def unit(connection: apsw.Connection) -> None:
        connection.execute("pragma defer_foreign_keys = on")
        open_flight(connection, ledger.flight(ledger.job("no such job")))

    with pytest.raises(apsw.ConstraintError):
        await database.run(unit)
    job = await ledger.create("j1")
    assert await database.read(jobs.newest, None, 10) == [job]


async def test_what_comes_after_a_unit_finds_it_recorded(database: Database, ledger: Any) -> None:
    await ledger.create("j1")

    def look(job: object) -> tuple[str, bool]:
        other = apsw.Connection(database.path)
        ((status,),) = other.execute("select status from jobs").fetchall()
        other.close()
        return str(status), job is not None

    assert await database.run_then(look, jobs.start, "j1", owner="me", at=1.0) == ("running", True)


async def test_what_fails_after_a_unit_takes_nothing_of_it_back(database: Database, ledger: Any) -> None:
    await ledger.create("j1")
    with pytest.raises(ZeroDivisionError):
        await database.run_then(lambda _: 1 / 0, jobs.start, "j1", owner="me", at=1.0)
    found = await database.read(jobs.get, "j1", None)
    assert found is not None
    assert found.status == "running"


async def test_a_cancelled_write_leaves_the_database_usable(database: Database, ledger: Any) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await ledger.create("j1")
    assert scope.cancelled_caught
    await ledger.create("j2")
    found = {job.id for job in await database.read(jobs.newest, None, 10)}
    assert found in ({"j2"}, {"j1", "j2"})


async def test_many_tasks_share_one_connection(database: Database, ledger: Any) -> None:
    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(ledger.create, f"j{number}")
    assert len(await database.read(jobs.newest, None, 100)) == 50


WRITER = """
import sys
import trio
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.store import jobs
from gateway.store.claims import Claim, claim
from gateway.store.database import open_database

async def main(path, name):
    async with open_database(path) as database:
        for number in range(40):
            same = dict(provider="acme", tool="t", principal="p", correlation_id="c", mode="sync")
            job = Job(id=f"{name}-{number}", status="queued", directory="/", created_at=1.0, **same)
            flight = Flight(id=job.id, job_id=job.id, origin=name, started_at=1.0, prompt_hash="0", **same)
            claimed = Claim(
                job=job, flight=flight, owner=name, lease_until=9.0, fingerprint=f"twin-{number}",
                directory_state=None, reuse_since=None, keep=lambda: None,
            )
            await database.run(claim, claimed)
            await database.run(jobs.start, job.id, owner=name, at=2.0)

trio.run(main, *sys.argv[1:])
"""


async def test_a_new_database_that_another_gateway_prepares_just_now_is_waited_for(path: str) -> None:
    os.mkdir(os.path.dirname(path))
    other = apsw.Connection(path)
    other.execute(f"pragma application_id = {MARK}")
    other.execute("begin immediate")
    opened: list[int] = []

    async def opening() -> None:
        async with open_database(path) as database:
            opened.append(await database.version())

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(opening)
            await trio.testing.wait_all_tasks_blocked(0.05)
            before = list(opened)
            other.execute("rollback")
    other.close()
    assert (before, len(opened)) == ([], 1)


async def test_processes_that_open_and_write_at_once_lose_nothing_and_share_each_twin(path: str) -> None:
    def writer(name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WRITER, path, name], stderr=subprocess.PIPE)

    names = ("one", "two", "three")
    with trio.fail_after(60):
        for process in [writer(name) for name in names]:
            _, errors = await trio.to_thread.run_sync(process.communicate)
            assert (process.returncode, errors) == (0, b"")
    async with open_database(path) as database:
        written = await database.read(jobs.newest, None, 1000)
        flights = [flight for job in written for flight in await database.read(flights_of, job.id)]
    assert sorted(job.id.split("-")[1] for job in written) == sorted(str(number) for number in range(40))
    assert {job.status for job in written} == {"running"}
    assert {flight.id for flight in flights} == {f"{name}-{number}" for name in names for number in range(40)}


async def test_another_connections_write_is_noticed(path: str, database: Database, ledger: Any) -> None:
    async with open_database(path) as other:
        before = await other.version()
        assert await other.version() == before
        await ledger.create("j1")
        assert await other.version() != before


def locks(path: Path) -> list[list[str]]:
    """The locks that this process holds on a file."""
    told = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    inode = str(path.stat().st_ino)
    return sorted(each[1:] for each in told if each[4] == str(os.getpid()) and each[5].endswith(f":{inode}"))


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells which locks there are")
async def test_looking_at_an_open_database_lets_go_of_none_of_its_locks(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    async with open_database(str(path)):
        held = locks(path)
        (unreadable,) = former_flights(str(path), str(tmp_path))
        ours = is_ours(str(path))
        known = condition(str(path)).version
        async with open_database(str(path)):
            pass
        left = locks(path)

    assert (ours, known, unreadable.reason) == (True, VERSION, "It is a database of this gateway.")
    assert (left, bool(held)) == (held, True)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreError("The disk is full.", hint="Free some space."), "The disk is full. Free some space."),
        (OSError(24, "too many open files"), "[Errno 24] too many open files"),
        (PermissionError(), ""),
    ],
)
def test_what_is_done_again_soon_may_fail_for_once(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with module.unharmed("it was not done"):
        raise error
    assert caplog.messages == [f"it was not done: {told}"]


def test_a_mistake_of_ours_is_never_taken_for_what_may_fail() -> None:
    with pytest.raises(LookupError), module.unharmed("it was not done"):
        raise LookupError
