"""Finds values in JSON by a path: keys with dots between, a number for a place in a list, ``*`` for all of them."""

from collections.abc import Iterator
from typing import Any


def values(root: Any, path: str) -> list[Any]:
    """Every value that the path leads to; none where it leads nowhere."""
    found = [root]
    for word in path.split("."):
        found = [below for each in found for below in _below(each, word)]
    return found


def _below(value: Any, word: str) -> Iterator[Any]:
    match value:
        case dict() if word in value:
            yield value[word]
        case dict() if word == "*":
            yield from value.values()
        case list() if word == "*":
            yield from value
        case list() if word.isdecimal() and int(word) < len(value):
            yield value[int(word)]


def text(root: Any, path: str) -> str | None:
    """The texts at a path, joined; None where there is none."""
    found = [each for each in values(root, path) if isinstance(each, str)] if path else []
    return "".join(found) if found else None


def number(root: Any, path: str) -> float | None:
    """The first number at a path that can be a count of something, or None."""
    found = values(root, path) if path else []
    return next((each for each in found if _counts(each)), None)


def _counts(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def holds(root: Any, when: dict[str, str | int | bool]) -> bool:
    """Whether each path leads to its value. ``true`` is no 1 here."""
    return all(
        any(type(each) is type(wanted) and each == wanted for each in values(root, path))
        for path, wanted in when.items()
    )
