"""Finds the files of version 1.7.0 and reads them, entry by entry: one that cannot be read is told."""

import os
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from gateway.errors import NotFound
from gateway.host.passing import passing_folder
from gateway.rules.former import FormerApproval, FormerFlight, FormerSession
from gateway.store.former import Unreadable, former_flights

Kind = Literal["flights", "sessions", "approvals"]
Former = FormerFlight | FormerSession | FormerApproval
F = TypeVar("F", bound=Struct)

FILES: dict[str, Kind] = {"logs.db": "flights", "sessions.json": "sessions", "approvals.jsonl": "approvals"}
"""What lies in its folder."""
SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"SQLite format 3\0", "flights"),
    (b'"promptSha256"', "approvals"),
    (b'"sessions"', "sessions"),
)
"""By what a file of another name is known."""


class Source(Struct, frozen=True):
    """A file of version 1.7.0."""

    kind: Kind
    path: str


class _Sessions(Struct):
    sessions: dict[str, msgspec.Raw] = {}


def sources(path: str) -> list[Source]:
    """What there is at a path, which is a folder of version 1.7.0 or one of its files."""
    if os.path.isdir(path):
        inside = [(os.path.join(path, name), kind) for name, kind in FILES.items()]
        return [Source(kind, file) for file, kind in inside if os.path.isfile(file)]
    try:
        with open(path, "rb") as file:
            head = file.read(64 * 1024)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", hint="Correct the path.") from error
    by_name = FILES.get(os.path.basename(path))
    kind = next((kind for sign, kind in SIGNS if sign in head), by_name)
    if kind is None:
        raise NotFound(f"{path} is nothing of version 1.7.0.", hint=f"Name a folder, or {', '.join(FILES)}.")
    return [Source(kind, path)]


def entries(source: Source) -> Iterator[Former | Unreadable]:
    """Everything in a source. It is only read."""
    readers: dict[Kind, Callable[[str], Iterator[Former | Unreadable]]] = {
        "flights": _flights,
        "sessions": _sessions,
        "approvals": _approvals,
    }
    try:
        yield from readers[source.kind](source.path)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        yield Unreadable(source.path, str(error))


def _flights(path: str) -> Iterator[FormerFlight | Unreadable]:
    with passing_folder("import") as folder:
        yield from former_flights(path, folder)


def _sessions(path: str) -> Iterator[FormerSession | Unreadable]:
    with open(path, "rb") as file:
        told = msgspec.json.decode(file.read(), type=_Sessions)
    for name, entry in told.sessions.items():
        yield _decoded(entry, FormerSession, f"session {name}")


def _approvals(path: str) -> Iterator[FormerApproval | Unreadable]:
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _decoded(line, FormerApproval, f"line {number}")


def _decoded(data: bytes | msgspec.Raw, kind: type[F], place: str) -> F | Unreadable:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(place, str(error))
