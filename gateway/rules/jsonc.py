"""Edits JSON that people write: members come and go, all else stays to the byte, comments and trailing commas too."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct

DEEPEST = 200
"""Levels of nesting that are followed."""
TRIVIA = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
PLAIN = json.JSONDecoder().raw_decode
"""Reads a value without comments many times as fast as it is read here."""
LINE_END = re.compile(r"[ \t]*(?:\r?\n|$)")


class Unreadable(ValueError):
    """The text is no JSON; says where."""

    def __init__(self, text: str, at: int, problem: str) -> None:
        super().__init__(f"line {text.count(chr(10), 0, at) + 1}: {problem}")


class Node(Struct, frozen=True):
    """A value, and the part of the text that it is."""

    start: int
    end: int
    value: Any
    members: tuple["Member", ...] = ()


class Member(Struct, frozen=True):
    """A key with its value. ``comma`` is where the comma behind it stands, or -1."""

    key: str
    start: int
    node: Node
    comma: int

    @property
    def end(self) -> int:
        return max(self.node.end, self.comma + 1)


def read(text: str) -> Any:
    """The value. A text without any is an empty object."""
    return _root(text).value


def put(text: str, path: Sequence[str], value: Any) -> str:
    """The text with a value at the end of a path of keys. Objects that are missing on the way are made."""
    node = _root(text)
    if node.start == node.end:
        text, node = f"{text}{{}}\n", Node(node.start, node.start + 2, {})
    for depth, key in enumerate(path):
        node = _opened(text, node, key)
        member = _member(node, key)
        if member is None:
            for inner in reversed(path[depth + 1 :]):
                value = {inner: value}
            return _added(text, node, key, value)
        node = member.node
    if node.value == value:
        return text
    return text[: node.start] + _written(text, value, _margin(text, node.start)) + text[node.end :]


def take(text: str, path: Sequence[str]) -> str:
    """The text without what is at the end of a path of keys. What is not there is not missed."""
    *way, last = path
    while True:
        node = _root(text)
        for key in way:
            member = _member(_opened(text, node, key), key)
            if member is None:
                return text
            node = member.node
        node = _opened(text, node, last)
        if _member(node, last) is None:
            return text
        text = _cut(text, node, max(at for at, each in enumerate(node.members) if each.key == last))


def _opened(text: str, node: Node, key: str) -> Node:
    """An object with its members: values that are plain JSON are read without them."""
    if not isinstance(node.value, dict):
        raise Unreadable(text, node.start, f"an object was expected where {key!r} belongs")
    return node if node.members or not node.value else _object(text, node.start, 0)


def _member(node: Node, key: str) -> Member | None:
    """The member that counts: of several, the last."""
    return next((each for each in reversed(node.members) if each.key == key), None)


# reading


def _root(text: str) -> Node:
    start = _behind_trivia(text, 0)
    if start == len(text):
        return Node(start, start, {})
    node = _value(text, start, 0)
    end = _behind_trivia(text, node.end)
    if end != len(text):
        raise Unreadable(text, end, "something stands behind the end")
    return node


def _behind_trivia(text: str, at: int) -> int:
    found = TRIVIA.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> Node:
    if depth > DEEPEST:
        raise Unreadable(text, at, "nested too deep")
    if plain := _plain(text, at):
        return plain
    if text.startswith("{", at):
        return _object(text, at, depth)
    if text.startswith("[", at):
        return _array(text, at, depth)
    raise Unreadable(text, at, "a value was expected")


def _plain(text: str, at: int) -> Node | None:
    """A value without comments and trailing commas; None: it has some, or is none."""
    with suppress(ValueError, RecursionError):
        value, end = PLAIN(text, at)
        return Node(at, end, value)
    return None


def _object(text: str, start: int, depth: int) -> Node:
    members: list[Member] = []
    at = _behind_trivia(text, start + 1)
    while not text.startswith("}", at):
        if members and members[-1].comma < 0:
            raise Unreadable(text, at, "a comma or } was expected")
        key = _plain(text, at)
        colon = _behind_trivia(text, key.end) if key else at
        if key is None or not isinstance(key.value, str) or not text.startswith(":", colon):
            raise Unreadable(text, at, "a key was expected")
        node = _value(text, _behind_trivia(text, colon + 1), depth + 1)
        comma, at = _comma(text, node.end)
        members.append(Member(key.value, key.start, node, comma))
    return Node(start, at + 1, {each.key: each.node.value for each in members}, tuple(members))


def _array(text: str, start: int, depth: int) -> Node:
    values, comma = [], start
    at = _behind_trivia(text, start + 1)
    while not text.startswith("]", at):
        if comma < 0:
            raise Unreadable(text, at, "a comma or ] was expected")
        node = _value(text, at, depth + 1)
        values.append(node.value)
        comma, at = _comma(text, node.end)
    return Node(start, at + 1, values)


def _comma(text: str, end: int) -> tuple[int, int]:
    """Where the comma behind a value is, or -1, and where the next thing begins."""
    at = _behind_trivia(text, end)
    return (at, _behind_trivia(text, at + 1)) if text.startswith(",", at) else (-1, at)


# writing


def _added(text: str, node: Node, key: str, value: Any) -> str:
    """The text with one more member at the end of an object."""
    close = node.end - 1
    body_end = len(text[:close].rstrip())
    last = node.members[-1] if node.members else None
    if last is not None and "\n" not in text[node.start : close]:
        between, behind, margin = " ", "", _margin(text, node.start)
    else:
        outer = _margin(text, node.start)
        margin = _margin(text, node.members[0].start) if last else outer + _step(text)
        between = f"\n{margin}"
        behind = "" if last or "\n" in text[body_end:close] else f"\n{outer}"
    if last is not None and last.comma >= 0:
        behind = f",{behind}"
    member = f"{between}{json.dumps(key, ensure_ascii=False)}: {_written(text, value, margin)}{behind}"
    text = text[:body_end] + member + text[body_end:]
    if last is not None and last.comma < 0:
        text = f"{text[: last.node.end]},{text[last.node.end :]}"
    return text


def _cut(text: str, node: Node, index: int) -> str:
    """The text without one member of an object; what people wrote around it stays."""
    member, close = node.members[index], node.end - 1
    before = node.members[index - 1].comma if index else node.start
    comments = COMMENT.findall(text, before + 1, member.start)
    start = member.start
    if not comments or not comments[-1].startswith("//") or LINE_END.match(text, member.end):
        start = len(text[:start].rstrip())  # its line goes, but for the end that a comment above needs
    gone = [(start, member.node.end)]
    if member.comma >= 0:
        gone.append((member.comma, member.end))
    elif index:
        gone.insert(0, (before, before + 1))
    for start, end in reversed(gone):
        text = text[:start] + text[end:]
        close -= end - start
    inside = text[node.start + 1 : close]
    return text if inside.strip() else text[: node.start + 1] + text[close:]


def _written(text: str, value: Any, margin: str) -> str:
    lines = json.dumps(value, indent=_step(text), ensure_ascii=False)
    return lines.replace("\n", f"\n{margin}")


def _step(text: str) -> str:
    """One step of indentation, as the text has it."""
    root = _root(text)
    root = _opened(text, root, "") if root.value else root
    if not root.members or "\n" not in text[root.start : root.members[0].start]:
        return "  "
    return _margin(text, root.members[0].start) or "  "


def _margin(text: str, at: int) -> str:
    """The white space at the beginning of a line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]
