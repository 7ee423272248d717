"""Shuts the world off while a plugin works: opening, starting, connecting and looking about raise.

An audit hook sees these calls. It cannot see a reading of the environment, a `stat` or the clock: for those, a
plugin may not import what would give it one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

WORLDLY = (
    "open", "os.", "subprocess.", "socket.", "shutil.", "tempfile.", "glob.", "pathlib.", "sqlite3.", "ctypes.",
    "fcntl.", "pty.", "signal.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "mmap.",
)  # fmt: skip
"""Names, or beginnings of names, of the audit events that touch something outside."""


class SealBroken(AssertionError):
    """Sealed code reached for the world."""


_broken: ContextVar[list[str] | None] = ContextVar("broken", default=None)
"""What sealed code has reached for; None where nothing is sealed."""


@contextmanager
def sealed() -> Iterator[None]:
    """Whatever runs inside and touches the world gets SealBroken; so does whoever caught that and went on."""
    _listen()
    token = _broken.set([])
    try:
        yield
        caught = _broken.get()
    finally:
        _broken.reset(token)
    if caught:
        raise SealBroken(f"caught and gone on: {'; '.join(caught)}")


@cache
def _listen() -> None:
    """An audit hook cannot be taken away: it is added once, and asks each time whether it is to act."""
    sys.addaudithook(_audit)


def _audit(event: str, args: tuple[object, ...]) -> None:
    broken = _broken.get()
    if broken is None or not event.startswith(WORLDLY):
        return
    reached = f"{event}{args[:1]!r}"
    broken.append(reached)
    raise SealBroken(f"it reached for {reached}")
