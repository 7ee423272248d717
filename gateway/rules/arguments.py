"""A caller's arguments to a request. Lenient where nothing is lost, exact where something would be."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec

from gateway.errors import InvalidRequest

R = TypeVar("R", bound=msgspec.Struct)


def accept(arguments: Mapping[str, Any], kind: type[R]) -> tuple[R, tuple[str, ...]]:
    """The request, and a warning for each argument that it does not know.

    Nulls count as not given. A wrong value is an error that names its path.
    """
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    taken = {name: value for name, value in arguments.items() if value is not None and name in known}
    warnings = tuple(_unknown(name, known) for name in arguments if name not in known)
    try:
        return msgspec.convert(taken, kind), warnings
    except msgspec.ValidationError as error:
        raise InvalidRequest(str(error), hint="Correct the argument and call again.") from None


def _unknown(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"There is no parameter {name!r}; it was ignored." + (
        f" Did you mean {near[0]!r}?" if near else ""
    )
