"""Looks at a database without changing a byte of it: for a report on one that may be broken."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import apsw
from msgspec import Struct

from gateway.errors import StoreError
from gateway.store.database import VERSION
from gateway.store.mark import refuse_other
from gateway.store.rows import select

EXPECTED = VERSION
MOST_PROBLEMS = 20


class Unfinished(Struct, frozen=True):
    """A job that has not ended, and whose it is."""

    id: str
    provider: str
    owner: str | None
    lease_until: float | None
    attempt: int


class Condition(Struct, frozen=True):
    """The schema's version, what SQLite finds wrong, and the jobs that have not ended."""

    version: int
    problems: tuple[str, ...]
    unfinished: tuple[Unfinished, ...]


def condition(path: str) -> Condition:
    """The condition of the database. Takes as long as reading it does, so call it in a thread."""
    with looking(path) as connection:
        return _condition(connection)


@contextmanager
def looking(path: str) -> Iterator[apsw.Connection]:
    """The database, to be read only and by one thread."""
    try:
        refuse_other(path)
        with closing(apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            yield connection
    except (OSError, apsw.Error) as error:
        raise StoreError(f"The database {path} cannot be read: {error}") from error


def _condition(connection: apsw.Connection) -> Condition:
    (version,) = connection.execute("pragma user_version").fetchone() or (0,)
    rows = connection.execute(f"pragma quick_check({MOST_PROBLEMS})")
    problems = tuple(str(text) for (text,) in rows if text != "ok")
    known = version == VERSION and not problems
    unfinished = select(connection, Unfinished, "jobs where finished_at is null") if known else ()
    return Condition(int(version), problems, tuple(unfinished))
