"""Output as no CLI should print it, made from output that one did print."""

import json
from collections.abc import Iterator
from typing import Any

JUNK: tuple[Any, ...] = (None, True, 7, -1.5, "x", [1], ["x"], {"x": 1})
KINDS = ("type", "subtype", "event", "role", "kind")
"""Keys whose values say what a frame, or a part of it, is."""


def mistyped(frames: list[bytes], seen: set[object]) -> Iterator[bytes]:
    """Each frame with each of its values, and itself, replaced by values of all types. Frames of a shape that was
    seen are passed over."""
    for frame in frames:
        try:
            value = json.loads(frame)
        except ValueError:
            continue
        if (shape := _shape(value)) in seen:
            continue
        seen.add(shape)
        for changed in _replaced(value):
            yield json.dumps(changed).encode()


def halved(frames: list[bytes]) -> Iterator[bytes]:
    """Each frame, ended too early and begun too late."""
    for frame in frames:
        yield frame[: len(frame) // 2]
        yield frame[len(frame) // 2 :]


def _replaced(value: Any) -> Iterator[Any]:
    """A value with one piece of it, however deep, replaced. Of a list only the first element is tried."""
    yield from JUNK
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: changed} for changed in _replaced(inner))
    elif isinstance(value, list) and value:
        yield from ([changed, *value[1:]] for changed in _replaced(value[0]))


def _shape(value: Any) -> object:
    if isinstance(value, dict):
        return tuple(
            (key, inner if key in KINDS and isinstance(inner, str) else _shape(inner))
            for key, inner in sorted(value.items())
        )
    if isinstance(value, list):
        return (list, _shape(value[0]) if value else None)
    return type(value)
