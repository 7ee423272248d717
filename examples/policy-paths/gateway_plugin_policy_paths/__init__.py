"""A policy: requests that name listed paths are refused, whichever provider they are for."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from gateway import Request, Verdict, hookimpl

gateway_api = 1

NAME = "policy-paths"
CLIMBS = 32
"""So many ``a/../`` in a row are understood."""

_BEGINS = r"(?<![\w.-])"
_ANYTHING = r"[\w.-]*"
_ENDS = r"(?![\w-]|\.\w)"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """``[plugins.policy-paths]``."""

    paths: tuple[str, ...] = ()


@hookimpl
def gateway_admit(request: Request, settings: dict[str, Any]) -> Verdict | None:
    try:
        listed = msgspec.convert(settings.get(NAME, {}), Settings).paths
    except msgspec.ValidationError as error:
        return Verdict("refused", f"[plugins.{NAME}] is wrong, so nothing may pass: {error}.")
    for name, text in _texts("", msgspec.to_builtins(request)):
        found = next((path for path in listed if _pattern(path).search(text)), None)
        if found is not None:
            return Verdict(
                "refused", f"the {name} names {found}, which [plugins.{NAME}] keeps from every agent."
            )
    return None


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every string of a request, in plain words, with the name of its parameter."""
    match value:
        case str():
            yield name, _plain(value)
        case dict():
            for key, inner in value.items():
                yield from _texts(name or key, inner)
                yield from _texts(name or key, key)
        case list() | tuple():
            for inner in value:
                yield from _texts(name, inner)


def _plain(text: str) -> str:
    """The text decoded and with its detours taken out: ``%2Fetc//x/../shadow`` is ``/etc/shadow``."""
    text = re.sub(r"/(?:\.?/)+", "/", unquote(text).replace("\\ ", " "))
    for _ in range(CLIMBS):
        shorter = re.sub(r"/(?!\.\.?/)[^/\s]+/\.\.(?=/)", "", text)
        if shorter == text:
            break
        text = shorter
    return text


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """What a listed path looks like in a text."""
    if path.startswith("/"):
        words = rf"(?<![\w~-])/{_parts(path)}"
    else:
        words = _BEGINS + _parts(path.removeprefix("~/"))
    return re.compile(words + _ENDS, re.IGNORECASE)


def _parts(path: str) -> str:
    """The parts of a path. ``*`` stands for anything within one."""
    parts = (re.escape(part).replace(r"\*", _ANYTHING) for part in path.split("/") if part not in ("", "."))
    return "/".join(parts)
