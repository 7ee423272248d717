"""A job that runs in this process, as those see it who wait for it."""

import trio

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job, Mode
from gateway.domain.outcome import ExitReason, Outcome


class Live:
    """What a job is doing now. Changes are told by `changed`, which is replaced each time."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        """Whether somebody waits for it, or it is a job that one comes back for."""
        self.note: str | None = None
        self.stop_reason: ExitReason | None = None
        self.result: tuple[Job, list[Flight], Outcome] | None = None
        self.changed = trio.Event()
        self.scope = trio.CancelScope()
        self._pause = trio.CancelScope()

    def tell(self, note: str) -> None:
        """Something happened in the run."""
        self.note = note
        self.wake()

    def stop(self, reason: ExitReason) -> None:
        """Ask the run to stop. The first reason counts."""
        if self.stop_reason is None:
            self.stop_reason = reason
            self.wake()

    def lose(self) -> None:
        """Another gateway has taken the job over: let go of it, without touching its process."""
        self.scope.cancel()

    def finish(self, job: Job, flights: list[Flight], outcome: Outcome) -> None:
        self.result = (job, flights, outcome)
        self.wake()

    def attend(self, pause: trio.CancelScope) -> None:
        """Cut a pause of whoever watches the run short when something happens. It is none where the run is to stop."""
        self._pause = pause
        if self.stop_reason is not None:
            pause.cancel()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        waiters, self.changed = self.changed, trio.Event()
        waiters.set()
        self._pause.cancel()
