"""A caller's arguments to a request. Lenient where nothing is lost, exact where something would be."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec

from gateway.errors import InvalidRequest

R = TypeVar("R", bound=msgspec.Struct)
_ROOT = re.compile(r"`\$\.(\w+)")
"""The beginning of a path in msgspec's errors."""


def accept(
    arguments: Mapping[str, Any], kind: type[R], options: Mapping[str, Any] = {}
) -> tuple[R, tuple[str, ...]]:
    """The request, and a warning for each argument that it does not know.

    Nulls count as not given. A wrong value is an error that names its path. ``options`` are more arguments, which the
    caller put into an object of this name.
    """
    known = kind.__struct_encode_fields__
    if twice := arguments.keys() & options.keys():
        raise InvalidRequest(
            f"Given twice: {', '.join(sorted(twice))} - at `$` and `$.options`", hint="Leave one of them out."
        )
    said = {**arguments, **options}
    taken = {name: value for name, value in said.items() if value is not None and name in known}
    warnings = tuple(_unknown(name, known) for name in said if name not in known)
    try:
        return msgspec.convert(taken, kind), warnings
    except msgspec.ValidationError as error:
        told = _ROOT.sub(lambda found: _path(found[1], options), str(error))
        raise InvalidRequest(told, hint="Correct the argument and call again.") from None


def _path(name: str, options: Mapping[str, Any]) -> str:
    return f"`$.options.{name}" if name in options else f"`$.{name}"


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, 1)
    return f"There is no parameter {name!r}; it was ignored." + (
        f" Did you mean {near[0]!r}?" if near else ""
    )
