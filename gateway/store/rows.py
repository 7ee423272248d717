"""From rows to values: the columns of a table are the fields of its Struct."""

from collections.abc import Iterator
from typing import Any, TypeVar

import apsw
import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def select(connection: apsw.Connection, kind: type[S], rest: str, *values: Any) -> Iterator[S]:
    """Rows as values. ``rest`` begins with the table's name; the columns are the fields of ``kind``."""
    names = kind.__struct_fields__
    for row in connection.execute(f"select {', '.join(names)} from {rest}", values):
        yield msgspec.convert(dict(zip(names, row, strict=True)), kind)


def insert(connection: apsw.Connection, table: str, **values: Any) -> None:
    """One new row."""
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({marks})", tuple(values.values()))


def update(connection: apsw.Connection, table: str, where: str, keys: tuple[Any, ...], **values: Any) -> int:
    """How many rows were changed."""
    sets = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"update {table} set {sets} where {where}", (*values.values(), *keys))
    return connection.changes()
