"""From rows to values: the columns of a table are the fields of its Struct."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import apsw
import msgspec

S = TypeVar("S", bound=msgspec.Struct)
F = TypeVar("F", bound=Callable[..., Any])

SINGLE: set[Callable[..., Any]] = set()
"""Units of work of one statement, each of which is a transaction by itself: nothing is begun and committed around it."""


def single(unit: F) -> F:
    """Note that a unit of work is one statement."""
    SINGLE.add(unit)
    return unit


def select(connection: apsw.Connection, kind: type[S], rest: str, *values: Any) -> Iterator[S]:
    """Rows as values. ``rest`` begins with the table's name; the columns are the fields of ``kind``."""
    for row in connection.execute(f"select {', '.join(kind.__struct_fields__)} from {rest}", values):
        yield _value(kind, row)


def _value(kind: type[S], row: tuple[Any, ...]) -> S:
    return msgspec.convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind)


def insert(connection: apsw.Connection, table: str, **values: Any) -> None:
    """One new row."""
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({marks})", tuple(values.values()))


def changed(
    connection: apsw.Connection, kind: type[S], table: str, where: str, keys: tuple[Any, ...], **values: Any
) -> list[S]:
    """Change rows; what they are now."""
    sets = ", ".join(f"{name} = ?" for name in values)
    return returned(connection, kind, f"update {table} set {sets} where {where}", *values.values(), *keys)


def returned(connection: apsw.Connection, kind: type[S], statement: str, *values: Any) -> list[S]:
    """Carry a statement out; the rows that it has touched, as they are now."""
    names = ", ".join(kind.__struct_fields__)
    return [_value(kind, row) for row in connection.execute(f"{statement} returning {names}", values)]


def update(connection: apsw.Connection, table: str, where: str, keys: tuple[Any, ...], **values: Any) -> int:
    """How many rows were changed."""
    sets = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"update {table} set {sets} where {where}", (*values.values(), *keys))
    return connection.changes()
