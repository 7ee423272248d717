"""From chunks of bytes, cut anywhere, to whole frames."""

from typing import Literal

from gateway.rules.shortening import Shortened

LONG = 1024 * 1024
"""Bytes from which on a frame is shortened: it would have to be held, and held again as text."""


class Held:
    """What has come of a frame. ``mark`` goes into the notes of a long one."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._at = 0
        self._size = 0
        self._pieces: list[bytes] = []
        self._long: Shortened | None = None

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        self._pieces.append(piece)
        if self._long is None and self._size > LONG:
            self._long = Shortened(self._at, self._mark)
        if self._long is not None:
            for each in self._pieces:
                self._long.feed(each)
            self._pieces.clear()

    def take(self, behind: int = 0) -> bytes:
        """The frame; the next one begins so many bytes behind it."""
        frame = b"".join(self._pieces) if self._long is None else self._long.end()
        self._at += self._size + behind
        self._size, self._pieces, self._long = 0, [], None
        return frame

    def skip(self, size: int) -> None:
        """The next frame begins so many bytes later."""
        self._at += size


class Lines:
    """Frames are lines, without their newline. Blank lines are no frames."""

    def __init__(self, mark: str = "") -> None:
        self._held = Held(mark)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The frames that this chunk completes."""
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
        if first < 0:
            self._held.add(chunk)
            return []
        self._held.add(chunk[:first])
        lines = [self._held.take(behind=1), *chunk[first + 1 : last].split(b"\n")]
        self._held.skip(last - first)
        self._held.add(chunk[last + 1 :])
        return [line for line in lines if line.strip()]

    def end(self) -> list[bytes]:
        """The last line, where the output did not end with a newline."""
        last = self._held.take()
        return [last] if last.strip() else []


class Document:
    """The whole output is one frame."""

    def __init__(self, mark: str = "") -> None:
        self._held = Held(mark)

    def feed(self, chunk: bytes) -> list[bytes]:
        self._held.add(chunk)
        return []

    def end(self) -> list[bytes]:
        """The document, where there is one."""
        whole = self._held.take()
        return [whole] if whole.strip() else []


def framing(kind: Literal["lines", "document"], mark: str = "") -> Lines | Document:
    """The framing that a launch asks for."""
    return Lines(mark) if kind == "lines" else Document(mark)
