"""The mark by which a database is known to be ours. One that another program made is not opened, and so not changed."""

import os

import apsw

from gateway.errors import StoreError

MARK = int.from_bytes(b"gwdb")
"""The application id in the header."""
_PLACE = slice(68, 72)


def refuse_other(handle: int, path: str) -> None:
    """Refuse a file that holds something, and is not ours. It is read, and by no database engine."""
    if os.fstat(handle).st_size and not _marked(handle):
        raise StoreError(
            f"{path} is no database of the gateway. It was left as it is.",
            hint="Another program made it, or it is broken: choose another folder with `state` or LLM_GATEWAY_STATE.",
        )


def is_ours(path: str) -> bool:
    """Whether the file is a database of the gateway."""
    with open(path, "rb") as file:
        return _marked(file.fileno())


def _marked(handle: int) -> bool:
    return os.pread(handle, 100, 0)[_PLACE] == MARK.to_bytes(4)


def put_mark(connection: apsw.Connection) -> None:
    """Mark a new database before anything else is in it, and before its changes go to a log beside it."""
    (found,) = connection.execute("pragma application_id").fetchone() or (0,)
    if found != MARK:
        connection.execute(f"pragma application_id = {MARK}")
