"""Frames too long to be held. Their long strings are cut short, with a note of where the rest lies.

A CLI may print an answer of 50 MiB in one line. Of each string in such a line the head is kept; the fold finds the
note behind it and passes it on to whoever writes the whole answer to a file.
"""

import re

import msgspec

from gateway.rules.fold import HEAD
from gateway.rules.rests import Rest, noted

KEPT = 6 * HEAD
"""Bytes of a string that are kept: the whole head of an answer, even where each letter of it is escaped."""
LEAST = 4096
"""Bytes that are kept of each further string of a frame that has several long ones."""
WANTED = 4 * 1024 * 1024
"""Bytes that a shortened frame is to have at most: each string gets no more than half of what is left of them."""
MOST = 6 * 1024 * 1024
"""Bytes at which one that has more for all that ends. Nobody can read it then."""
TORN = 12
"""Bytes that the longest escape has: two halves of one character."""
_WHOLE = re.compile(
    rb'[^"\\]++|(?:\\(?:[^u]|u(?![dD][89abAB])[0-9a-fA-F]{4}|u[dD][89abAB]..\\u[0-9a-fA-F]{4})[^"\\]*+){1,1000}',
    re.DOTALL,
)
"""Some of the inside of a string. Each escape takes memory until the match is over, so that it has an end."""


def whole(data: bytes, start: int = 0) -> int:
    """Where the inside of a string ends, or the last whole character of it: it may be cut in two."""
    end = start
    while found := _WHOLE.match(data, end):
        end = found.end()
    return end - torn(data[start:end]) if end == len(data) else end


def torn(data: bytes) -> int:
    """How many bytes at the end belong to a character of UTF-8 that is not whole."""
    for back, byte in enumerate(reversed(data[-3:]), 1):
        if byte & 0xC0 != 0x80:
            wanted = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < wanted else 0
    return 0


def unescaped(data: bytes) -> tuple[str, bytes]:
    """The inside of a string as text, and the bytes at the end that are no whole character yet."""
    texts, at = [], 0
    while True:
        end = whole(data, at)
        texts.append(_text(data[at:end]))
        if len(data) - end <= TORN:
            return "".join(texts), data[end:]
        texts.append(data[end : end + 1].decode(errors="replace"))  # no escape that anybody knows
        at = end + 1


def _text(piece: bytes) -> str:
    try:
        return msgspec.json.decode(b'"%b"' % piece, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return piece.decode(errors="replace")


class Shortened:
    """One frame. ``at`` is where in the output it begins."""

    def __init__(self, at: int, mark: str) -> None:
        self._at = at
        self._mark = mark
        self._parts: list[bytes] = []
        self._size = 0
        self._carry = b""
        self._string: _String | None = None
        self._begun = False

    def feed(self, data: bytes) -> None:
        data, self._carry = self._carry + data, b""
        if not self._begun and data.strip():
            self._begun = True
            if data.lstrip()[:1] not in (b"{", b"[", b'"'):
                self._string = _String(KEPT, escaped=False)  # no JSON: all of it is one text
        at = 0
        while at < len(data) and self._size <= MOST:
            at = self._outside(data, at) if self._string is None else self._inside(self._string, data, at)
        self._at += len(data) - len(self._carry)

    def end(self) -> bytes:
        """The frame, as short as it has become."""
        if self._string is not None:
            self._append(self._string.add(self._carry, self._at) + self._string.note(self._mark))
        return b"".join(self._parts)

    def _outside(self, data: bytes, at: int) -> int:
        quote = data.find(b'"', at)
        end = len(data) if quote < 0 else quote + 1
        self._append(data[at:end])
        if quote >= 0:
            self._string = _String(min(KEPT, max(LEAST, (WANTED - self._size) // 2)), escaped=True)
        return end

    def _inside(self, string: "_String", data: bytes, at: int) -> int:
        end = whole(data, at) if string.escaped else len(data)
        self._append(string.add(data[at:end], self._at + at))
        if data[end : end + 1] == b'"':
            self._append(string.note(self._mark) + b'"')
            self._string = None
            return end + 1
        if len(data) - end > TORN:  # no escape that anybody knows
            self._append(string.add(data[end : end + 1], self._at + end))
            return end + 1
        self._carry = data[end:]
        return len(data)

    def _append(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)


class _String:
    """One string of a frame: its head, and what is known of the rest."""

    def __init__(self, room: int, *, escaped: bool) -> None:
        self.escaped = escaped
        self._room = room
        self._rest: Rest | None = None

    def add(self, piece: bytes, at: int) -> bytes:
        """Take a piece in; what of it is kept."""
        head = piece if len(piece) <= self._room else piece[: self._cut(piece[: self._room])]
        self._room = self._room - len(head) if len(head) == len(piece) else 0
        cut = piece[len(head) :]
        if cut:
            size = len(_text(cut).encode(errors="replace")) if self.escaped and b"\\" in cut else len(cut)
            begun = self._rest or Rest(at + len(head), 0, 0, self.escaped)
            self._rest = Rest(begun.start, at + len(piece), begun.size + size, self.escaped)
        return head

    def _cut(self, head: bytes) -> int:
        return whole(head) if self.escaped else len(head) - torn(head)

    def note(self, mark: str) -> bytes:
        """What stands in the place of the rest, if there is one."""
        return b"" if self._rest is None else noted(self._rest, mark).encode()
