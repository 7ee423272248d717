"""Reads of a line what can be read, where a strict parser refuses it: enough to tell who has to be answered."""

import json
from typing import Any

HALVES = frozenset(map(chr, range(0xD800, 0xE000)))
"""What is no character alone, and cannot be written."""


def leniently(line: bytes) -> dict[str, Any] | None:
    """The object that a parser that takes more makes of a line; None where it makes none of it."""
    try:
        said = json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def id_of(said: dict[str, Any]) -> int | str | None:
    """The id of a message, if it is one that can be written down again."""
    found = said.get("id")
    if isinstance(found, str):
        return found if HALVES.isdisjoint(found) else None
    return found if type(found) is int else None
