"""Reads the flight recorder of version 1.7.0, row by row: one that cannot be read is told, and the rest is read.

Nothing is written to it, and nothing beside it. A database with a log of changes cannot be read without merging the
log, so then a copy of both is read.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

import apsw
import msgspec
from msgspec import Struct

from gateway.errors import StoreError
from gateway.rules.former import FormerFlight
from gateway.store.mark import is_ours

LOGS = ("-wal", "-journal")
TRIES = 3
TABLES = (("requests", "r"), ("gateway_metadata", "m"))
State = list[tuple[int, int] | None]


class Unreadable(Struct, frozen=True):
    """Something that could not be brought over, and why."""

    place: str
    reason: str


def former_flights(path: str, folder: str) -> Iterator[FormerFlight | Unreadable]:
    """Every flight in the database; ``folder`` is for a copy of it, should one be needed."""
    try:
        if is_ours(path):
            yield Unreadable(path, "It is a database of this gateway.")
            return
        before = _state(path)
        with _opened(path, folder) as connection:
            yield from _rows(connection)
    except (OSError, apsw.Error, StoreError) as error:
        yield Unreadable(path, str(error))
        return
    if _state(path) != before:
        yield Unreadable(path, "It was written to while it was read: import it again for the rest.")


@contextmanager
def _opened(path: str, folder: str) -> Iterator[apsw.Connection]:
    if any(_state(path)[1:]):
        name, flags = f"file:{quote(_copied(path, folder))}", apsw.SQLITE_OPEN_READWRITE
    else:
        name, flags = f"file:{quote(os.path.abspath(path))}?immutable=1", apsw.SQLITE_OPEN_READONLY
    with closing(apsw.Connection(name, flags=flags | apsw.SQLITE_OPEN_URI)) as connection:
        yield connection


def _copied(path: str, folder: str) -> str:
    """A copy of the database with its log, both of the same moment."""
    copy = os.path.join(folder, "copy.db")
    for _ in range(TRIES):
        before = _state(path)
        for end, there in zip(("", *LOGS), before, strict=True):
            if there:
                shutil.copyfile(f"{path}{end}", f"{copy}{end}")
        if _state(path) == before:
            return copy
    raise StoreError("Another program writes to it all the time: end that first.")


def _state(path: str) -> State:
    """Size and time of the database and of its logs; None: there is nothing in it."""
    return [_of_file(f"{path}{end}") for end in ("", *LOGS)]


def _of_file(path: str) -> tuple[int, int] | None:
    if not os.path.exists(path):
        return None
    found = os.stat(path)
    return (found.st_size, found.st_mtime_ns) if found.st_size else None


def _rows(connection: apsw.Connection) -> Iterator[FormerFlight | Unreadable]:
    columns = {
        str(name): f"{short}.{name}"
        for table, short in TABLES
        for (name,) in connection.execute("select name from pragma_table_info(?)", (table,)).fetchall()
    }
    if "id" not in columns or "request_id" not in columns:
        return
    known = [name for name in FormerFlight.__struct_fields__ if name in columns]
    row_of = (
        f"select {', '.join(columns[name] for name in known)} from requests r"
        " left join gateway_metadata m on m.request_id = r.id where r.rowid = ?"
    )
    for (number,) in connection.execute("select rowid from requests order by rowid").fetchall():
        try:
            row = connection.execute(row_of, (number,)).fetchone()
            yield msgspec.convert(dict(zip(known, row or (), strict=True)), FormerFlight, strict=False)
        except (apsw.CorruptError, ValueError) as error:  # also what is no text, and what does not fit
            yield Unreadable(f"requests, row {number}", str(error))
