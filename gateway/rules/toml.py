"""Reads TOML into a Struct. What is wrong is told with its line and its key, so that nobody has to search."""

import re
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, inspect

from gateway.errors import ConfigError
from gateway.rules.lines import Path, lines

S = TypeVar("S", bound=Struct)

_AT = re.compile(r"(.*) - at `\$\.?(.*)`\Z", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`", re.DOTALL)


def read_toml(text: str, kind: type[S], file: str) -> S:
    """A Struct from the text of a file. ConfigError names the file, the line and the key."""
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise _located(text, str(error), kind, file) from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}.", hint="Correct that line.") from error


def _located(text: str, said: str, kind: type[Struct], file: str) -> ConfigError:
    at = _AT.match(said)
    problem, path = (at[1], _path(at[2])) if at else (said, ())
    hint = "Correct the file."
    if unknown := _UNKNOWN.search(problem):
        near = get_close_matches(unknown[1], _known(kind, path), 1)
        path = (*path, unknown[1])
        problem, hint = "there is no such key", f"Did you mean `{near[0]}`?" if near else hint
    key = ".".join(path)
    line = line_of(text, path)
    where = "".join((f", line {line}" if line else "", f", key `{key}`" if key else ""))
    return ConfigError(f"{file}{where}: {problem}.", hint=hint)


def line_of(text: str, path: Path) -> int | None:
    """The line on which a key stands, or else the nearest table around it. The first line is 1."""
    places = lines(text)
    return next((places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in places), None)


def _path(told: str) -> Path:
    """``output.read[0].when`` as its words. A key that msgspec does not tell is ``...``."""
    return tuple(re.findall(r"[^.\[\]]+", told.replace("[...]", "")))


def _known(kind: type[Struct], path: Path) -> list[str]:
    """The keys of the table at a path."""
    described: Any = inspect.type_info(kind)
    for word in path:
        described = _below(described, word)
    return [each.encode_name for each in getattr(described, "fields", ())]


def _below(described: Any, word: str) -> Any:
    match described:
        case inspect.StructType():
            return next((each.type for each in described.fields if each.encode_name == word), None)
        case inspect.DictType():
            return described.value_type
        case inspect.VarTupleType() | inspect.ListType():
            return described.item_type
    return None
