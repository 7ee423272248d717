"""Opens the database and runs units of work on it, each one whole transaction on the connection's own thread."""

import logging
import os
import re
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw
import trio

from gateway.errors import StoreError
from gateway.store.mark import put_mark, refuse_other
from gateway.store.rows import SINGLE, single
from gateway.store.visits import Kind, Unit, Visits, whole

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")

log = logging.getLogger(__name__)

VERSION = 3
STEPS = {
    0: ("schema.sql", "tallies.sql", "chores.sql", "crashes.sql"),
    1: ("tallies.sql", "from_1.sql", "from_2.sql", "chores.sql", "crashes.sql"),
    2: ("from_2.sql", "chores.sql", "crashes.sql"),
}
"""What brings a database of each older version, or a new one, to this version."""
BUSY = 10_000
"""Milliseconds to wait for another gateway's write."""
LOG = 4000
"""Pages of the log before they are copied into the file, which waits for the disk: about 120 requests, 16 MB."""
AGAIN = 0.01
"""Seconds until what SQLite refuses without waiting is tried again."""
ODD = re.compile(
    r"no such (table|column|index|trigger)|(table|index|trigger|duplicate column).* (already exists|name)|"
    r"table .* has (no column|\d+ columns)|error in (table|index|trigger|view) "
)
"""What SQLite says of statements of ours where the tables are not ours."""
CLOSING = 5.0
"""Seconds that closing is waited for. What is under way in SQLite then is let be."""


class Database:
    """A connection shared by all tasks. Nothing awaits inside a transaction."""

    def __init__(self, visits: Visits, path: str) -> None:
        self._visits = visits
        self.path = path

    async def run(
        self, unit: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a unit of work in one write transaction."""
        result: T = await self._called(_unit("write", unit, args, kwargs))
        return result

    async def run_then(
        self,
        then: Callable[[T], U],
        unit: Callable[Concatenate[apsw.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> U:
        """`run` a unit and, when it is recorded, go on in the same thread with what came of it.

        Who is cancelled does not wait for it: what must not be begun twice asks for a shield.
        """
        result: U = await self._called(_unit("write", unit, args, kwargs, then))
        return result

    async def read(
        self, unit: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a unit that only reads, on one consistent view."""
        result: T = await self._called(_unit("read", unit, args, kwargs))
        return result

    async def version(self) -> int:
        """A number that changes whenever another connection has written."""
        return await self.read(_data_version)

    def _odd(self, error: apsw.Error) -> StoreError:
        return StoreError(
            f"{self.path} is not made as a database of its version is: {error}. What it holds was left as it is.",
            hint="An unfinished version of the gateway may have made it. "
            "Stop every gateway, move it and its -wal aside to keep them, and start again: a new one is made.",
        )

    async def prepare(self) -> None:
        """Set the connection up and bring the schema to this version."""
        await self._called(Unit(kind="write", work=_prepare, single=True))

    async def _called(self, unit: Unit) -> Any:
        try:
            return await self._visits.call(unit)
        except apsw.FullError as error:
            raise _full() from error
        except (apsw.BusyError, apsw.LockedError) as error:
            raise StoreError(
                "Another gateway kept the database locked for too long.", hint="Try again."
            ) from error
        except (apsw.CantOpenError, apsw.IOError) as error:
            raise (_full() if _no_space(self.path) else _unusable(error)) from error
        except (apsw.CorruptError, apsw.NotADBError, apsw.ReadOnlyError) as error:
            raise _unusable(error) from error
        except apsw.SQLError as error:
            if ODD.match(str(error)):
                raise self._odd(error) from error
            raise


def _unit(
    kind: Kind,
    work: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    then: Callable[[Any], Any] | None = None,
) -> Unit:
    def called(connection: apsw.Connection) -> Any:
        return work(connection, *args, **kwargs)

    return Unit(kind=kind, work=called, then=then, single=work in SINGLE)


@contextmanager
def unharmed(trouble: str) -> Iterator[None]:
    """What is done again soon may fail for once: a disk that is busy or full, or no file left to open, ends nothing."""
    try:
        yield
    except StoreError as error:
        log.warning("%s: %s %s", trouble, error, error.hint)
    except OSError as error:
        log.warning("%s: %s", trouble, error)


@asynccontextmanager
async def open_database(path: str) -> AsyncIterator[Database]:
    """Open the database, make it where it is missing, and close it at the end."""
    try:
        _private(path)
        visits = Visits(apsw.Connection(path))
    except (OSError, apsw.Error) as error:
        raise StoreError(
            f"The database {path} cannot be opened: {error}", hint="Check the path and its owner."
        ) from error
    database = Database(visits, path)
    try:
        await database.prepare()
        yield database
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSING):
            await visits.close()


def _full() -> StoreError:
    return StoreError("The disk is full.", hint="Free some space; what was recorded is intact.")


def _unusable(error: apsw.Error) -> StoreError:
    return StoreError(f"The database cannot be used: {error}", hint="Run `gateway doctor`.")


def _no_space(path: str) -> bool:
    """Whether the disk is full: SQLite says so of what it writes, and not of the memory that it shares with others."""
    try:
        return os.statvfs(os.path.dirname(path)).f_bavail == 0
    except OSError:
        return False


def _private(path: str) -> None:
    """Make the file 0600 before SQLite opens it: -wal and -shm take their mode from it."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        refuse_other(path)
        if stat.S_IMODE(os.stat(path).st_mode) != 0o600:
            os.chmod(path, 0o600)


def _prepare(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(BUSY)
    put_mark(connection)
    _keep_log(connection)
    for pragma in ("synchronous = normal", "foreign_keys = on", f"wal_autocheckpoint = {LOG}"):
        connection.execute(f"pragma {pragma}").fetchall()
    if _version(connection) != VERSION:
        with whole(connection, "write"):
            _migrate(connection)


def _keep_log(connection: apsw.Connection) -> None:
    """Have changes go to a log. While somebody else prepares a new database, SQLite refuses and does not wait."""
    patience = time.monotonic() + BUSY / 1000
    while True:
        try:
            connection.execute("pragma journal_mode = wal").fetchall()
        except apsw.BusyError:
            if time.monotonic() > patience:
                raise
            time.sleep(AGAIN)
        else:
            return


def _migrate(connection: apsw.Connection) -> None:
    found = _version(connection)
    if found == VERSION:  # another gateway was quicker
        return
    if found > VERSION:
        raise StoreError(
            f"The database is of version {found}, this gateway knows {VERSION}.", hint="Upgrade the gateway."
        )
    for step in STEPS[found]:
        connection.execute(files("gateway.store").joinpath(step).read_text("utf-8"))
    connection.execute(f"pragma user_version = {VERSION}")


@single
def _data_version(connection: apsw.Connection) -> int:
    (version,) = connection.execute("pragma data_version").fetchone() or (0,)
    return int(version)


def _version(connection: apsw.Connection) -> int:
    (version,) = connection.execute("pragma user_version").fetchone() or (0,)
    return int(version)
