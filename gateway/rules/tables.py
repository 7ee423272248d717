"""Edits tables in TOML that people write: the one with our name comes and goes, all else stays as it is."""

import re
import tomllib
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, InlineTable


def read(text: str) -> dict[str, Any]:
    """The value of the whole text."""
    return tomllib.loads(text)


def change(text: str, key: str, name: str, changes: Mapping[str, Any]) -> str:
    """The text with keys of the table ``[KEY.NAME]`` set, or taken away where they are None."""
    document = tomlkit.parse(text)
    servers: Any = document.get(key, {})
    if name in servers:
        return _applied(document, servers[name], changes)
    if isinstance(servers, InlineTable):
        servers.append(name, _inline(_known(changes)))
        return tomlkit.dumps(document)
    return _appended(text, f"[{key}.{tomlkit.key(name).as_string()}]", _known(changes))


def change_listed(text: str, key: str, name: str, changes: Mapping[str, Any]) -> str:
    """The same for the table of this name in the list ``[[KEY]]``."""
    document = tomlkit.parse(text)
    servers: Any = document.get(key, [])
    for each in servers:
        if each.get("name") == name:
            return _applied(document, each, changes)
    named = {"name": name} | _known(changes)
    if isinstance(servers, Array) and len(servers):
        servers.append(_inline(named))
        return tomlkit.dumps(document)
    if isinstance(servers, Array):  # an empty one, as some programs write it, stands in the way of tables
        document.remove(key)
        text = tomlkit.dumps(document)
    return _appended(text, f"[[{key}]]", named)


def remove(text: str, key: str, name: str) -> str:
    """The text without the table ``[KEY.NAME]``."""
    document = tomlkit.parse(text)
    servers: Any = document.get(key, {})
    if name not in servers:
        return text
    del servers[name]
    return _closed(text, tomlkit.dumps(document))


def remove_listed(text: str, key: str, name: str) -> str:
    """The text without the tables of this name in the list ``[[KEY]]``."""
    document = tomlkit.parse(text)
    servers: Any = document.get(key, [])
    for index in reversed([at for at, each in enumerate(servers) if each.get("name") == name]):
        del servers[index]
    if isinstance(servers, AoT) and not len(servers):
        document.remove(key)
    return _closed(text, tomlkit.dumps(document))


def _applied(
    document: tomlkit.TOMLDocument, table: MutableMapping[str, Any], changes: Mapping[str, Any]
) -> str:
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = _inline(value) if isinstance(value, Mapping) else value
    return tomlkit.dumps(document)


def _known(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in changes.items() if value is not None}


def _inline(value: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    for key, each in value.items():
        table.append(key, _inline(each) if isinstance(each, Mapping) else each)
    return table


def _appended(text: str, header: str, entry: Mapping[str, Any]) -> str:
    """The text with a table behind its end: nothing that is there is touched."""
    table = tomlkit.document()
    for key, value in entry.items():
        table.append(key, _inline(value) if isinstance(value, Mapping) else tomlkit.item(value))
    between = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{between}{header}\n{tomlkit.dumps(table)}"


def _closed(before: str, after: str) -> str:
    """What is left; the empty line that was put before a last table goes with it."""
    return re.sub(r"(\r?\n)\1\Z", r"\1", after) if before.startswith(after) else after
