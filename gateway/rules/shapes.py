"""Whether a value that others have built is of the types that it declares: a Struct checks only what it reads."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Struct

MODULES = re.compile(r"\b(?:\w+\.)+(?=\w)")
"""What stands before the name of a type."""


def misfits(value: Struct, path: str = "") -> Iterator[str]:
    """The fields that hold something of another type, in sentences."""
    for name, kind in _fields(type(value)):
        held = getattr(value, name)
        if not fits(held, kind):
            yield f"{path}{name} is {held!r}, which is no {_told(kind)}"
            continue
        for each in held if isinstance(held, tuple | list) else (held,):
            if isinstance(each, Struct):
                yield from misfits(each, f"{path}{name}.")


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.type) for field in msgspec.structs.fields(kind))


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, with all that is in it. A list will do for a tuple, and a set for a frozen one."""
    inner = get_args(kind)
    match get_origin(kind):
        case origin if origin is Annotated:
            return fits(value, inner[0])
        case origin if origin in (Union, UnionType):
            return any(fits(value, each) for each in inner)
        case origin if origin is Literal:
            return value in inner
        case origin if origin is type:
            return isinstance(value, type) and issubclass(value, inner[0])
        case origin if origin is tuple:
            return isinstance(value, tuple | list) and all(fits(each, inner[0]) for each in value)
        case origin if origin is frozenset:
            return isinstance(value, frozenset | set) and all(fits(each, inner[0]) for each in value)
        case origin if origin is not None and issubclass(origin, Mapping):
            return isinstance(value, Mapping) and all(
                fits(name, inner[0]) and fits(each, inner[1]) for name, each in value.items()
            )
    return isinstance(value, {None: NoneType, float: int | float, Any: object}.get(kind, kind))


def _told(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else MODULES.sub("", str(kind))
