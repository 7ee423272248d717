"""Bars for a terminal. They need no colour, and no Unicode where there is none."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

BLOCKS = " ▏▎▍▌▋▊▉█"
PLAIN = " #"
"""From an empty cell to a full one."""
NARROWEST = 4
GAP = "  "


class Bar(Struct, frozen=True):
    """A line of a chart: what it is of, how long it is, and the same in words. None is not known."""

    label: str
    value: float | None
    words: str


def steps(encoding: str | None) -> str:
    """The cells that can be written in this encoding."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def chart(bars: Sequence[Bar], width: int, cells: str = BLOCKS) -> Iterator[str]:
    """The lines of a chart that is ``width`` columns wide, or as narrow as its words allow."""
    label = max((len(bar.label) for bar in bars), default=0)
    words = max((len(bar.words) for bar in bars), default=0)
    room = max(NARROWEST, width - label - words - 2 * len(GAP))
    longest = max((bar.value or 0 for bar in bars), default=0)
    for bar in bars:
        drawn = _drawn(bar.value / longest if bar.value else 0.0, room, cells)
        yield f"{bar.label:<{label}}{GAP}{drawn:<{room}}{GAP}{bar.words}".rstrip()


def _drawn(part: float, room: int, cells: str) -> str:
    """A part of the room. Whatever is more than nothing can be seen."""
    if not part:
        return ""
    fine = len(cells) - 1
    full, rest = divmod(max(1, round(part * room * fine)), fine)
    return cells[-1] * full + (cells[rest] if rest else "")
