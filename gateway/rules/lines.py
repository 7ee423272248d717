"""Where in a TOML text each key stands. The parser of the standard library does not tell."""

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]


def lines(text: str) -> dict[Path, int]:
    """The line at which each key and each table begins, for a text that is right.

    A table in an array of tables has its number behind the array's name. What stands at the top of a TOML text is one
    statement after the other, so a line that cannot be parsed by itself goes on in the next one.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    statement, begun = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        told = _parsed(statement)
        if told is None:
            continue
        if (start := statement.lstrip()).startswith("["):
            table = _table(list(_paths(told, ()))[-1], counts, one_more=start.startswith("[["))
            paths = [table[:end] for end in range(1, len(table) + 1)]
        else:
            paths = list(_paths(told, table))
        for path in paths:
            found.setdefault(path, begun)
        statement, begun = "", number + 1
    return found


def _parsed(statement: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _table(header: Path, counts: dict[Path, int], *, one_more: bool) -> Path:
    """The path of a table, with the numbers of the arrays that it lies in. ``counts`` are those that were begun."""
    path: Path = ()
    for position, name in enumerate(header, 1):
        path = (*path, name)
        if one_more and position == len(header):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, str(counts[path]))
    return path


def _paths(table: dict[str, Any], above: Path) -> Iterator[Path]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))
