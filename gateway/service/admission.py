"""Who may start a process now, who waits, and who is sent away."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import trio
from msgspec import Struct

from gateway.config import Limits, Retry
from gateway.domain.outcome import Outcome
from gateway.errors import Busy, PluginError
from gateway.rules import breaker as breakers
from gateway.rules.breaker import Breaker, State
from gateway.rules.retry import transient
from gateway.service.live import Live


class Waiter(Struct, eq=False):
    """Somebody in the queue."""

    provider: str
    turn: trio.Event


class Admission:
    """Slots for processes, a queue for those who find none, and a breaker for each provider."""

    def __init__(self, limits: Limits, retry: Retry) -> None:
        self._limits = limits
        self._retry = retry
        self._running: dict[str, int] = {}
        self._queue: dict[str, Waiter] = {}
        self._coming: dict[str, str] = {}
        """The providers of the jobs that were let in and have not asked for a place yet."""
        self._breakers: dict[str, Breaker] = {}
        self._crashes: dict[str, PluginError] = {}
        """How each provider failed last, where that was a plugin's crash."""

    def check(self, provider: str) -> None:
        """Refuse at once what could not be begun: the caller may try again later."""
        running, waiting = dict(self._running), len(self._queue)
        for other in self._coming.values():
            if self._fits(other, running):
                running[other] = running.get(other, 0) + 1
            else:
                waiting += 1
        if waiting >= self._limits.queue and not self._fits(provider, running):
            raise Busy(
                f"{waiting} requests are waiting already.",
                hint="Nothing was started. Try again in a moment, or raise [limits] in the configuration.",
            )
        now = trio.current_time()
        if not breakers.admits(self._breaker(provider), now, self._retry.breaker_reset):
            raise Busy(
                f"The provider {provider} failed {self._breaker(provider).failures} times in a row and is left alone "
                f"for {self._retry.breaker_reset:.0f} seconds.{self._last_crash(provider)}",
                hint="Nothing was started. Try again later, or ask another provider.",
            )

    def _last_crash(self, provider: str) -> str:
        """Where a plugin crashed last; not with what, which may be of another caller's request."""
        crash = self._crashes.get(provider)
        if crash is None:
            return ""
        place = f" ({crash.place})" if crash.place else ""
        return f" The last time the plugin {crash.plugin!r} crashed in {crash.where}{place}: see `gateway plugins`."

    def expect(self, job_id: str, provider: str) -> None:
        """Let a job in, or refuse it. Until it asks for a place it counts as if it had one, or stood in line."""
        self.check(provider)
        self._coming[job_id] = provider
        self._breakers[provider] = breakers.trying(self._breaker(provider))

    def forget(self, job_id: str) -> None:
        """A job that was let in will not come, or not soon."""
        if job_id in self._coming:
            self.note(self._coming.pop(job_id), None)

    def running(self) -> int:
        """How many processes have a place."""
        return sum(self._running.values())

    def position(self, job_id: str) -> int | None:
        """Place in the queue, from 1; None: not waiting."""
        return list(self._queue).index(job_id) + 1 if job_id in self._queue else None

    def state(self, provider: str) -> State:
        return breakers.state(self._breaker(provider), trio.current_time(), self._retry.breaker_reset)

    def _breaker(self, provider: str) -> Breaker:
        return self._breakers.get(provider, Breaker())

    def note(self, provider: str, outcome: Outcome | None) -> None:
        """Learn from how an attempt ended; None: it came to nothing."""
        before = self._breaker(provider)
        if outcome is None or not (outcome.ending == "ok" or transient(outcome)):
            after = breakers.undecided(before)
        elif outcome.ending == "ok":
            after = breakers.succeeded(before)
        else:
            self._crashes.pop(provider, None)
            after = breakers.failed(before, trio.current_time(), self._retry.breaker_failures)
        self._breakers[provider] = after

    def crashed(self, provider: str, error: PluginError) -> None:
        """A plugin crashed in a request of the provider's: it may do so each time."""
        self._crashes[provider] = error
        now = trio.current_time()
        self._breakers[provider] = breakers.failed(self._breaker(provider), now, self._retry.breaker_failures)

    @asynccontextmanager
    async def slot(self, job_id: str, provider: str, live: Live) -> AsyncIterator[bool]:
        """A place to run. False: there was none in time, or the job was told to stop while it waited."""
        if not await self._got(job_id, provider, live):
            yield False
            return
        try:
            yield True
        finally:
            self._release(provider)

    @asynccontextmanager
    async def taken(self, provider: str) -> AsyncIterator[bool]:
        """The place of a process that runs already."""
        self._take(provider)
        try:
            yield True
        finally:
            self._release(provider)

    async def _got(self, job_id: str, provider: str, live: Live) -> bool:
        self._coming.pop(job_id, None)
        self._breakers[provider] = breakers.trying(self._breaker(provider))
        if live.stop_reason is not None:
            return False
        if self._fits(provider, self._running):  # nobody is overtaken: who waits does not fit
            self._take(provider)
            return True
        waiter = self._queue[job_id] = Waiter(provider, trio.Event())
        got = False
        try:
            with trio.move_on_after(self._limits.queue_wait):
                while not waiter.turn.is_set() and live.stop_reason is None:
                    await _either(waiter.turn, live)
            got = waiter.turn.is_set() and live.stop_reason is None
        finally:
            self._queue.pop(job_id, None)
            if waiter.turn.is_set() and not got:
                self._release(provider)
        return got

    def _fits(self, provider: str, running: Mapping[str, int]) -> bool:
        return (
            sum(running.values()) < self._limits.concurrency
            and running.get(provider, 0) < self._limits.per_provider
        )

    def _take(self, provider: str) -> None:
        self._running[provider] = self._running.get(provider, 0) + 1

    def _release(self, provider: str) -> None:
        """Give a place back and call whoever is next in line and fits."""
        self._running[provider] -= 1
        for job_id, waiter in list(self._queue.items()):
            if self._fits(waiter.provider, self._running):
                self._take(waiter.provider)
                del self._queue[job_id]
                waiter.turn.set()


async def _either(turn: trio.Event, live: Live) -> None:
    """Return when it is one's turn, or when the job changes."""
    async with trio.open_nursery() as nursery:

        async def wait(event: trio.Event) -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(wait, turn)
        nursery.start_soon(wait, live.changed)
