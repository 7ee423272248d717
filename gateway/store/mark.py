"""The mark by which a database is known to be ours. One that another program made is not opened, and so not changed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from gateway.errors import StoreError

MARK = int.from_bytes(b"gwdb")
"""The application id in the header."""
_PLACE = slice(68, 72)
_INDEX = b"jobs_one_live_twin"
"""A name that only our schema has. A database of version 1 bears no mark yet, and may lie in its log altogether."""
_FAR = 2**20
"""Bytes of a file in which the schema begins."""


def refuse_other(path: str) -> None:
    """Refuse a file that holds something, and is not ours. It is only read."""
    with _opened(path) as file:
        ours = not file.xFileSize() or _marked(file) or _unmarked(file, path)
    if not ours:
        raise StoreError(
            f"{path} is no database of the gateway. It was left as it is.",
            hint="Another program made it, or it is broken: choose another folder with `state` or LLM_GATEWAY_STATE.",
        )


def is_ours(path: str) -> bool:
    """Whether the file is a database of the gateway."""
    with _opened(path) as file:
        return _marked(file) or _unmarked(file, path)


@contextmanager
def _opened(path: str) -> Iterator[apsw.VFSFile]:
    """The bytes of a database, which may be open in this process.

    Whoever else closes such a file lets go of all its locks, also of SQLite's own; SQLite's way to a file does not.
    """
    file = apsw.VFSFile("", os.path.abspath(path), [apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_MAIN_DB, 0])
    try:
        yield file
    finally:
        file.xClose()


def _marked(file: apsw.VFSFile) -> bool:
    return file.xRead(100, 0)[_PLACE] == MARK.to_bytes(4)


def _unmarked(file: apsw.VFSFile, path: str) -> bool:
    """Whether the database is one of ours from before there was a mark."""
    if _INDEX in file.xRead(_FAR, 0):
        return True
    try:
        with open(f"{path}-wal", "rb") as log:
            return _INDEX in log.read(_FAR)
    except FileNotFoundError:
        return False


def put_mark(connection: apsw.Connection) -> None:
    """Mark a new database before anything else is in it, and before its changes go to a log beside it."""
    (found,) = connection.execute("pragma application_id").fetchone() or (0,)
    if found != MARK:
        connection.execute(f"pragma application_id = {MARK}")
