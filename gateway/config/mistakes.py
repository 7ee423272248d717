"""What is wrong in a file, all of it at once: each mistake with its line, and with what was probably meant."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from gateway.config.former import KEYS, REFUSED
from gateway.config.keys import Config
from gateway.config.tree import Path, dotted, expected, fields, leaves, many, section
from gateway.rules.lines import lines

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Mistake(Struct, frozen=True):
    """Something that cannot be used as it is written. ``line`` None: it stands nowhere by itself."""

    line: int | None
    told: str


def of_bytes(data: bytes, error: UnicodeDecodeError) -> Mistake:
    """A text that is no UTF-8."""
    return Mistake(data[: error.start].count(b"\n") + 1, "the file is not UTF-8")


def of_syntax(text: str, error: Exception) -> Mistake:
    """A text that is no TOML."""
    place = _PLACE.search(str(error))
    told = _PLACE.sub("", str(error))
    told = told[:1].lower() + told[1:]
    if place and place[1]:
        return Mistake(int(place[1]), told)
    return Mistake(text.rstrip("\n").count("\n") + 1, f"{told} at the end of the file")


def of_whole(text: str, error: msgspec.ValidationError) -> Mistake:
    """Values that do not go together."""
    told, _, place = str(error).partition(" - at `$.")
    return Mistake(lines(text).get(tuple(place.rstrip("`").split("."))), told)


def mistakes(text: str) -> list[Mistake]:
    """The keys that do not exist and the values that do not fit, in a text that is TOML."""
    places = lines(text)
    found = [Mistake(places.get(path), told) for path, told in _in_table(Config, tomllib.loads(text), ())]
    return sorted(found, key=lambda mistake: mistake.line or 0)


def _in_table(kind: type[Struct], table: Mapping[str, Any], above: Path) -> Iterator[tuple[Path, str]]:
    known = fields(kind)
    for name, value in table.items():
        path = (*above, name)
        if dotted(path) in KEYS:
            if not isinstance(value, str):
                yield path, f"`{dotted(path)}` must be: string"
            continue
        if name not in known:
            yield path, f"`{dotted(path)}` is no key{_meant(path, known)}"
        else:
            yield from _in_value(known[name], value, path)


def _in_value(field: FieldInfo, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    below = section(field)
    if below is None:
        if not _fits(value, field.type):
            reason = REFUSED.get(f"{dotted(path)} = {value!r}", "")
            yield path, f"`{dotted(path)}` must be: {expected(field.type)}{reason}"
    elif not isinstance(value, dict):
        yield path, f"`{dotted(path)}` is a table"
    elif not many(field):
        yield from _in_table(below, value, path)
    else:
        for name, inside in value.items():
            here = (*path, name)
            if isinstance(inside, dict):
                yield from _in_table(below, inside, here)
            else:
                yield here, f"`{dotted(here)}` is a table"


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _meant(path: Path, known: Mapping[str, FieldInfo]) -> str:
    """The nearest key: beside it, else one of that name elsewhere."""
    near = get_close_matches(path[-1], known, 1)
    if near:
        return f"; did you mean `{dotted((*path[:-1], near[0]))}`?"
    everywhere = {dotted(each): each[-1] for each, _ in leaves(Config, {})}
    elsewhere = [name for name, last in everywhere.items() if last == path[-1]]
    return f"; did you mean `{elsewhere[0]}`?" if elsewhere else ""
