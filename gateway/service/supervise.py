"""Watches one process from start, or from adoption, to its end."""

import math
import time
from collections.abc import Awaitable, Callable

import trio
from msgspec import Struct

from gateway.domain.outcome import Exit, ExitReason
from gateway.host.faults import reach
from gateway.host.process import Child
from gateway.host.spool import Spool
from gateway.rules.redact import REACH, Redactor
from gateway.service.live import Live
from gateway.service.tail import Tail

TICK = 0.1
"""Seconds between two looks at what a running CLI has printed, where few run."""
LOOKS = 1000
"""Looks in a second, at all of them: 1,000 silent CLIs would else cost half a processor."""
STDERR_TAIL = 16 * 1024
REST = 4 * 1024 * 1024
"""Bytes that are still taken in of a flood. The whole of it is in the spool, for whoever asks."""


class Bounds(Struct, frozen=True, kw_only=True):
    """The limits of one run: Unix time, seconds, bytes; and the seconds a CLI has to end when asked."""

    deadline: float
    idle: float | None
    output: int
    grace: float


Announce = Callable[[ExitReason], Awaitable[None]]
"""Records why a run is about to be stopped, before it is."""


async def supervise(
    child: Child,
    tail: Tail,
    bounds: Bounds,
    *,
    live: Live,
    announce: Announce,
    redact: Redactor,
    running: Callable[[], int],
) -> Exit:
    """Follow the output until the process ends, or until a limit or somebody ends it. ``running`` counts such
    processes.

    What its watchdog or a gateway that is gone has ended may have left processes about: those are ended here.
    """
    reason = await _watch(child, tail, bounds, live, announce, running=running)
    await tail.finish(REST if reason == "overflow" else math.inf)
    spool = child.spool
    returncode = spool.returncode()
    if reason == "exited":
        reason = _reason(spool, live, returncode)
        if reason != "exited":
            await child.end(0.0)
    stderr = redact(spool.tail("stderr", STDERR_TAIL + REACH).decode(errors="replace"))
    return Exit(returncode=returncode, reason=reason, stderr_tail=stderr[-STDERR_TAIL:])


def _reason(spool: Spool, live: Live, returncode: int | None) -> ExitReason:
    """Why a process ended that we did not stop ourselves: its watchdog or its last gateway may have."""
    if spool.timed_out():
        return "timeout"
    if returncode is None:
        return live.stop_reason or "lost"
    return live.stop_reason if live.stop_reason and returncode != 0 else "exited"


async def _watch(
    child: Child, tail: Tail, bounds: Bounds, live: Live, announce: Announce, *, running: Callable[[], int]
) -> ExitReason:
    clock = Clock(bounds)
    with child.ending() as ended:
        while True:
            with trio.move_on_after(between(running())) as pause:
                live.attend(pause)
                await ended()
                return "exited"
            reason = live.stop_reason or clock.passed(child.spool)
            if reason is not None:
                await announce(reason)
                await child.end(bounds.grace)
                reach("stopped")
                return reason
            note = await tail.catch_up() if tail.offset < clock.printed else None
            if note is not None:
                live.tell(note)


def between(running: int) -> float:
    """Seconds between two looks at one of so many running CLIs."""
    return max(TICK, running / LOOKS)


class Clock:
    """Says when a run has passed one of its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        now = trio.current_time()
        self._bounds = bounds
        self._deadline = now + bounds.deadline - time.time()
        self._size = 0
        self._heard = now
        self.printed = 0
        """Bytes of the output at the last look."""

    def passed(self, spool: Spool) -> ExitReason | None:
        """The bound that was passed, if any."""
        now = trio.current_time()
        self.printed = spool.size("stdout")
        size = self.printed + spool.size("stderr")
        if size != self._size:
            self._size, self._heard = size, now
        if size > self._bounds.output:
            return "overflow"
        if now >= self._deadline:
            return "timeout"
        if self._bounds.idle is not None and now - self._heard >= self._bounds.idle:
            return "idle"
        return None
