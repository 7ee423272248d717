"""Secrets out of text, before anything is stored or shown."""

import re
from collections.abc import Iterable, Sequence

COMMON = (
    r"(?i:bearer)\s+[A-Za-z0-9._~+/-]{16,}=*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*+(?:-(?!----)[^-]*+)*-----END [A-Z ]*PRIVATE KEY-----",
    r"gh(?<!\wgh)[pousr]_[A-Za-z0-9]{30,}\b",
    r"AKIA(?<!\wAKIA)[0-9A-Z]{16}\b",
)
"""What begins with letters is looked for a hundred times faster than what begins with ``\b``, so that comes after."""
MARK = "[redacted]"
REACH = 16 * 1024
"""Longest secret, in characters, that is found where a text is cut into pieces; a private key has 13,000 at most."""
BEHIND = 64
"""Characters before a piece that a pattern may look back at."""

Span = tuple[int, int]

_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)


class Redactor:
    """Finds what looks like a secret: the common shapes, and those the providers declare."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [re.compile(pattern) for pattern in (*COMMON, *patterns)]

    def __call__(self, text: str) -> str:
        """The text with a mark in the place of each secret."""
        return marked(text, self.spans(text), (0, len(text)))

    def mask(self, data: bytes) -> bytes:
        """The same bytes with stars in the place of secrets: nothing moves, whatever the bytes are."""
        text = data.decode(errors="surrogateescape")
        parts, end = [], 0
        for start, stop in self.spans(text):
            parts += [_encoded(text[end:start]), b"*" * len(_encoded(text[start:stop]))]
            end = stop
        return b"".join((*parts, _encoded(text[end:])))

    def spans(self, text: str) -> list[Span]:
        """Where the secrets are, in order and apart from one another."""
        views = (text, _ESCAPE.sub(_blank, text)) if "\\" in text else (text,)
        found = sorted(
            {match.span() for view in views for each in self._patterns for match in each.finditer(view)}
        )
        apart: list[Span] = []
        for start, end in found:
            if apart and start < apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            elif end > start:
                apart.append((start, end))
        return apart


def _blank(escape: re.Match[str]) -> str:
    """Blanks for an escape of JSON, whose letter would otherwise seem to be part of the word behind it."""
    return " " * len(escape[0])


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def marked(text: str, spans: Sequence[Span], part: Span) -> str:
    """A part of the text with a mark for each of the secrets that it holds, or holds the end of."""
    begin, end = part
    pieces = []
    for start, stop in spans:
        if stop > begin and start < end:
            pieces += [text[begin:start], MARK]
            begin = stop
    return "".join((*pieces, text[begin:end]))


class Redaction:
    """Redacts a text that comes in pieces: a secret may begin in one and end in another."""

    def __init__(self, redact: Redactor, reach: int = REACH) -> None:
        self._redact = redact
        self._reach = reach
        self._restart("", 0)

    def _restart(self, text: str, told: int) -> None:
        """Go on with a text of which so many characters were told already; patterns may look back at them."""
        self._pieces = [text]
        self._size = len(text)
        self._told = told

    def feed(self, piece: str) -> str:
        """What can be told by now: all but the end, where a secret may just have begun."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < 4 * self._reach:
            return ""
        text = "".join(self._pieces)
        spans = self._redact.spans(text)
        cut = self._cut(spans)
        told = marked(text, spans, (self._told, cut))
        behind = max(0, cut - BEHIND)
        self._restart(text[behind:], cut - behind)
        return told

    def _cut(self, spans: Sequence[Span]) -> int:
        """Where no secret is cut in two; one that is longer than we can reach ends here."""
        cut = self._size - self._reach
        for start, end in spans:
            if start < cut < end:
                return start if start > self._told else end
        return cut

    def end(self) -> str:
        """The rest. What is fed after this is another text."""
        text = "".join(self._pieces)
        told = marked(text, self._redact.spans(text), (self._told, len(text)))
        self._restart("", 0)
        return told
