"""Our entry among a client's MCP servers: what it says, whether it is ours, and how it comes into the client's file."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from gateway.domain.launch import McpServer
from gateway.domain.provider import BEARER_VARIABLE, ServersFile
from gateway.rules import jsonc, tables

Presence = Literal["absent", "current", "different", "foreign"]
"""Whether our entry is there, as it is asked for or with other settings; ``foreign``: the name is somebody else's."""
TRANSPORT = ("command", "args", "env", "url")
PROGRAMS = frozenset({"gateway", "gateway.exe"})


class Unsafe(ValueError):
    """The file is written in a way in which our entry cannot be changed without touching more."""


def entry(
    file: ServersFile, server: McpServer, limit: float, variables: Sequence[str] = ()
) -> dict[str, Any]:
    """Our entry as the client writes one down, with a time limit for calls and the variables that it hands on."""
    limits = {key: _plain(limit * units) for key, units in file.limit.items()}
    if server.url:
        return {**file.http, "url": server.url, **file.token, **limits}
    named = [name for name in variables if name not in server.env]
    referred = {name: file.reference.replace("NAME", name) for name in named} if file.reference else {}
    env = {"env": referred | dict(server.env)} if referred or server.env else {}
    names = {file.names: named} if file.names and named else {}
    return {**file.stdio, "command": server.command, "args": list(server.args), **env, **names, **limits}


def limit_lines(file: ServersFile, wanted: Mapping[str, Any]) -> str:
    """The part of the entry that is its time limit."""
    form = '"{}": {}' if file.shape == "json" else "{} = {}"
    return "\n".join(form.format(key, wanted[key]) for key in file.limit)


def presence(file: ServersFile, text: str, name: str, wanted: Mapping[str, Any]) -> Presence:
    """What stands in the file below our name."""
    found = entries(file, text).get(name)
    if found is None:
        return "absent"
    if not _ours(found):
        return "foreign"
    return "different" if _changes(file, found, wanted) else "current"


def entries(file: ServersFile, text: str) -> dict[str, Any]:
    """The client's servers by their names."""
    match file.shape, _read(file, text).get(file.key):
        case _, None:
            return {}
        case "toml list", list(found):
            return {each.get("name", ""): each for each in found}
        case "json" | "toml", dict(found):
            return found
    raise Unsafe(f"{file.key} holds something else than servers")


def written(file: ServersFile, text: str, name: str, wanted: Mapping[str, Any]) -> str:
    """The file's text with our entry in it. What people added to the entry, and all around it, stays."""
    found = entries(file, text).get(name)
    changes = dict(wanted) if found is None else _changes(file, found, wanted)
    mark, body = _without_mark(text)
    match file.shape:
        case "json" if found is None:
            body = jsonc.put(body, (file.key, name), changes)
        case "json":
            for key, value in changes.items():
                path = (file.key, name, key)
                body = jsonc.take(body, path) if value is None else jsonc.put(body, path, value)
        case "toml":
            body = tables.change(body, file.key, name, changes)
        case "toml list":
            body = tables.change_listed(body, file.key, name, changes)
    return _checked(file, text, mark + _line_ends(text, body), name)


def removed(file: ServersFile, text: str, name: str) -> str:
    """The file's text without the entry."""
    mark, body = _without_mark(text)
    match file.shape:
        case "json":
            body = jsonc.take(body, (file.key, name))
        case "toml":
            body = tables.remove(body, file.key, name)
        case "toml list":
            body = tables.remove_listed(body, file.key, name)
    return _checked(file, text, mark + _line_ends(text, body), name)


def _read(file: ServersFile, text: str) -> dict[str, Any]:
    _, body = _without_mark(text)
    value = jsonc.read(body) if file.shape == "json" else tables.read(body)
    if not isinstance(value, dict):
        raise Unsafe("it does not hold an object")
    return value


def _changes(file: ServersFile, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an entry to set, and as None those of the other transport to take away."""
    wanted = dict(wanted)
    if "command" in wanted and isinstance(found.get("env"), dict):
        wanted["env"] = {**found["env"], **wanted.get("env", {})}
    if "command" in wanted and isinstance(found.get(file.names), list):
        wanted[file.names] = list(dict.fromkeys((*found[file.names], *wanted.get(file.names, ()))))
    known = {*TRANSPORT, file.names, *file.stdio, *file.http, *file.token}
    stale = {key: None for key in found if key in known and key not in wanted}
    return stale | {key: value for key, value in wanted.items() if found.get(key) != value}


def _ours(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    if "url" in found:
        return BEARER_VARIABLE in repr(found)
    command, args = found.get("command"), found.get("args", [])
    if not isinstance(command, str) or not isinstance(args, list) or "serve" not in args:
        return False
    return os.path.basename(command) in PROGRAMS or args[:2] == ["-m", "gateway"]


def _checked(file: ServersFile, before: str, after: str, name: str) -> str:
    """The new text, after a look that nothing but our entry is different."""
    if _rest(file, before, name) != _rest(file, after, name):
        raise Unsafe(f"{file.key} is written in a form that cannot be edited by a program")
    return after


def _rest(file: ServersFile, text: str, name: str) -> dict[str, Any]:
    whole = _read(file, text)
    others = {each: value for each, value in entries(file, text).items() if each != name}
    return {**whole, file.key: others}


def _without_mark(text: str) -> tuple[str, str]:
    """The byte order mark that some editors put first, and the rest."""
    body = text.removeprefix("\ufeff")
    return text[: len(text) - len(body)], body


def _line_ends(before: str, after: str) -> str:
    """The text with the line ends that it had."""
    dos = "\n" in before and not re.search(r"(?<!\r)\n", before)
    return re.sub(r"(?<!\r)\n", "\r\n", after) if dos else after


def _plain(number: float) -> float:
    """A whole number where it is one: that is how people write it."""
    return int(number) if number == int(number) else number
