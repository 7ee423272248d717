"""From the fields of a request to command-line arguments, and back to the list of declared flags."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from gateway.domain.launch import Installed, Resume, version_key
from gateway.domain.request import Flag, Request, given
from gateway.errors import InvalidRequest


class Declared(Struct, frozen=True):
    """A request field that is a flag: its name in Python and on the wire."""

    field: str
    wire: str
    flag: Flag


@cache
def annotated(kind: type[Struct], marker: type) -> tuple[tuple[str, str, Any], ...]:
    """Every field of a Struct that carries a marker of this type: name, wire name, marker."""
    wires = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (name, wire, extra)
        for name, wire in wires.items()
        for extra in _extras(hints[name])
        if isinstance(extra, marker)
    )


def _extras(hint: Any) -> Iterator[Any]:
    """The annotations of a type, also of the members of a union."""
    yield from getattr(hint, "__metadata__", ())
    for member in getattr(hint, "__args__", ()):
        yield from getattr(member, "__metadata__", ())


def declared(kind: type[Request]) -> tuple[Declared, ...]:
    """Every flag that the request type declares, in the order of its fields."""
    return tuple(Declared(*found) for found in annotated(kind, Flag))


def argv(request: Request, resume: Resume, installed: Installed) -> tuple[str, ...]:
    """The arguments of every flag field that says something, without those the CLI would refuse."""
    words: list[str] = []
    for item in declared(type(request)):
        value = getattr(request, item.field)
        if _silent(value) or _obstacle(item.flag, resume, installed):
            continue
        words += _render(item, value)
    return tuple(words)


def withheld(request: Request, resume: Resume, installed: Installed) -> tuple[str, ...]:
    """A sentence for each flag that `argv` leaves out although the caller asked for it."""
    return tuple(
        f"{item.wire} was not passed on: {obstacle}."
        for item in declared(type(request))
        if not _silent(getattr(request, item.field)) and (obstacle := _obstacle(item.flag, resume, installed))
    )


def _silent(value: Any) -> bool:
    return not given(value) or value is False or value in ((), "", {})


def _obstacle(flag: Flag, resume: Resume, installed: Installed) -> str:
    """Why the flag may not be passed; empty where it may."""
    version = installed.version
    if flag.new_only and resume.mode in ("id", "latest"):
        return f"the CLI takes {flag.name} for new sessions only"
    if version and flag.since and version_key(version) < version_key(flag.since):
        return f"{flag.name} needs version {flag.since}, {version} is installed"
    if version and flag.until and version_key(version) >= version_key(flag.until):
        return f"{flag.name} is gone since version {flag.until}, {version} is installed"
    if not flag.hidden and not installed.has(flag.name):
        return f"the installed CLI{f' ({version})' if version else ''} does not list {flag.name}"
    return ""


def _render(item: Declared, value: Any) -> list[str]:
    name, style = item.flag.name, item.flag.style
    if value is True:
        return [name]
    if style == "json":
        return [f"{name}={msgspec.json.encode(value).decode()}"]
    words = [_word(each) for each in (value if isinstance(value, tuple | list) else (value,))]
    _refuse_nul(item, words)
    if style == "equals":
        return [f"{name}={word}" for word in words]
    for word in words:
        _refuse_dash(item, word)
    if style == "comma":
        _refuse_comma(item, words)
        return [name, ",".join(words)]
    return [part for word in words for part in (name, word)]


def _word(value: Any) -> str:
    """A value as the CLI reads it; a float without an exponent, which not every CLI understands."""
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return str(value)


def _refuse_nul(item: Declared, words: list[str]) -> None:
    if any("\0" in word for word in words):
        raise InvalidRequest(
            f"{item.wire} holds a NUL character.", hint="Remove it: no program can be given one."
        )


def _refuse_dash(item: Declared, word: str) -> None:
    if word.startswith("-"):
        raise InvalidRequest(
            f'Invalid {item.wire} value "{word}": values must not start with "-" (argument injection prevention)',
            hint=f"Leave the dash out of {item.wire}.",
        )


def _refuse_comma(item: Declared, words: list[str]) -> None:
    for word in words:
        if "," in word:
            raise InvalidRequest(
                f'Invalid {item.wire} value "{word}": the CLI takes these values as a comma-separated list',
                hint="Give each value as an element of its own.",
            )
