"""Where in a TOML text each key stands. The parser of the standard library does not tell."""

import tomllib
from collections.abc import Iterator
from typing import Any

from gateway.config.tree import Path


def lines(text: str) -> dict[Path, int]:
    """The line at which each key and each table begins, for a text that is right.

    What stands at the top of a TOML text is one statement after the other, so a line that cannot be parsed by itself
    goes on in the next one.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    statement, begun = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        told = _parsed(statement)
        if told is None:
            continue
        header = statement.lstrip().startswith("[")
        paths = list(_paths(told, () if header else table))
        for path in paths:
            found.setdefault(path, begun)
        if header:
            table = paths[-1]
        statement, begun = "", number + 1
    return found


def _parsed(statement: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _paths(table: dict[str, Any], above: Path) -> Iterator[Path]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))
