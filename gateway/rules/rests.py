"""Notes in a text that was cut short: where in the output the rest of it lies."""

import re

from msgspec import Struct

OPEN, CLOSE = "\ue000", "\ue001"
LONGEST = 120
"""Characters that a note has at most."""
_NOTE = re.compile(rf"{OPEN}(\w+):(\d+):(\d+):(\d+):([01]){CLOSE}\Z")


class Rest(Struct, frozen=True):
    """What was cut off: from where to where it lies, the bytes it has as text, and whether it is escaped as in JSON."""

    start: int
    end: int
    size: int
    escaped: bool


def noted(rest: Rest, mark: str) -> str:
    """The note of a rest. The mark is a secret of the run: a CLI may print what looks like a note."""
    return f"{OPEN}{mark}:{rest.start}:{rest.end}:{rest.size}:{rest.escaped:d}{CLOSE}"


def parted(text: str, mark: str) -> tuple[str, Rest | None]:
    """A text without its note, and what the note says."""
    found = _NOTE.search(text, max(0, len(text) - LONGEST)) if text.endswith(CLOSE) else None
    if found is None or found[1] != mark:
        return text, None
    start, end, size = map(int, found.group(2, 3, 4))
    return text[: found.start()], Rest(start, end, size, found[5] == "1")
