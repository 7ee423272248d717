"""Follows what a CLI prints: bytes to frames to events, folded as they come."""

import math

import trio

from gateway.domain.launch import Launch
from gateway.host.spool import CHUNK, Spool
from gateway.plugin.provider import Provider
from gateway.rules.fold import Answer, Fold
from gateway.rules.framing import framing
from gateway.rules.progress import Progress

TURN = 0.1
"""Seconds for which a look at the output of a running CLI may last."""


class Tail:
    """Reads a spool from where it last stopped."""

    def __init__(
        self, provider: Provider, launch: Launch, spool: Spool, answer: Answer | None = None
    ) -> None:
        self.fold = Fold(answer)
        self._progress = Progress()
        self._provider = provider
        self._launch = launch
        self._spool = spool
        self._frames = framing(launch.framing)
        self._offset = 0

    async def catch_up(self) -> str | None:
        """Take in what was printed since; what it says of the run's progress, if anything.

        A CLI may print faster than this reads: whoever asks has other things to do meanwhile.
        """
        return await self._read(trio.current_time() + TURN)

    async def _read(self, until: float) -> str | None:
        note = None
        while trio.current_time() < until and (chunk := self._spool.read("stdout", self._offset, CHUNK)):
            self._offset += len(chunk)
            note = self._take(self._frames.feed(chunk)) or note
            await trio.lowlevel.checkpoint()
        return note

    async def finish(self) -> str | None:
        """Take in the rest, a last line without its newline too. The process has ended."""
        note = await self._read(math.inf)
        return self._take(self._frames.end()) or note

    def _take(self, frames: list[bytes]) -> str | None:
        if not frames:
            return None
        events = self._provider.decode(frames, self._launch)
        self.fold.feed(events)
        return self._progress.note(events)
