"""From chunks of bytes, cut anywhere, to whole frames."""

from typing import Literal


class Lines:
    """Frames are lines, without their newline. Blank lines are no frames."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The frames that this chunk completes."""
        end = chunk.rfind(b"\n")
        if end < 0:
            self._rest.append(chunk)
            return []
        whole = b"".join((*self._rest, chunk[:end]))
        self._rest = [chunk[end + 1 :]]
        return [line for line in whole.split(b"\n") if line.strip()]

    def end(self) -> list[bytes]:
        """The last line, where the output did not end with a newline."""
        last = b"".join(self._rest)
        self._rest = []
        return [last] if last.strip() else []


class Document:
    """The whole output is one frame."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        self._chunks.append(chunk)
        return []

    def end(self) -> list[bytes]:
        """The document, where there is one."""
        whole = b"".join(self._chunks)
        self._chunks = []
        return [whole] if whole.strip() else []


def framing(kind: Literal["lines", "document"]) -> Lines | Document:
    """The framing that a launch asks for."""
    return Lines() if kind == "lines" else Document()
