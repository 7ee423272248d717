"""Follows what a CLI prints: bytes to frames to events, folded as they come."""

import math
import secrets
from typing import Protocol

import trio

from gateway.domain.events import Event
from gateway.domain.launch import Launch
from gateway.host.spool import CHUNK, Spool
from gateway.plugin.provider import Provider
from gateway.rules.fold import Answer, Fold
from gateway.rules.framing import framing
from gateway.rules.progress import Progress
from gateway.rules.redact import Redactor

TURN = 0.1
"""Seconds for which a look at the output of a running CLI may last."""


class Kept(Answer, Protocol):
    """An answer that is written down whole. ``settle`` writes what it could not write at once."""

    async def settle(self) -> None: ...


class Tail:
    """Reads a spool from where it last stopped."""

    def __init__(
        self,
        provider: Provider,
        launch: Launch,
        spool: Spool,
        *,
        redact: Redactor,
        answer: Kept | None = None,
    ) -> None:
        mark = secrets.token_hex(8)
        self.fold = Fold(answer, mark)
        self._answer = answer
        self._progress = Progress(redact)
        self._provider = provider
        self._launch = launch
        self._spool = spool
        self._frames = framing(launch.framing, mark)
        self.offset = 0
        """Bytes that were taken in."""

    async def catch_up(self) -> str | None:
        """Take in what was printed since; what it says of the run's progress, if anything.

        A CLI may print faster than this reads: whoever asks has other things to do meanwhile.
        """
        until, note, more = trio.current_time() + TURN, None, True
        while more and trio.current_time() < until:
            frames, more = await self._read()
            note = self._progress.note(self._take(frames)) or note
        return note

    async def finish(self, most: float = math.inf) -> None:
        """Take in the rest, a last line without its newline too, or so many bytes of it. The process has ended."""
        end, more = self.offset + most, True
        while more and self.offset < end:
            frames, more = await self._read()
            self._take(frames)
            if not more:
                self._take(self._frames.end())
            if self._answer is not None:
                await self._answer.settle()

    async def _read(self) -> tuple[list[bytes], bool]:
        """The frames that the next bytes complete, and whether there may be more bytes behind them."""
        await trio.lowlevel.checkpoint()
        chunk = self._spool.read("stdout", self.offset, CHUNK)
        self.offset += len(chunk)
        return self._frames.feed(chunk), len(chunk) == CHUNK

    def _take(self, frames: list[bytes]) -> list[Event]:
        events = self._provider.decode(frames, self._launch) if frames else []
        self.fold.feed(events)
        return events
