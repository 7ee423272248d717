"""Waiting for a job, whether it runs here or in another gateway."""

from collections.abc import Awaitable, Callable, Mapping

import trio

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import Outcome
from gateway.plugin.manager import Plugins
from gateway.rules.redact import Redactor
from gateway.service.endings import outcome_of
from gateway.service.leases import Leases
from gateway.service.live import Live
from gateway.service.record import read_record
from gateway.service.spools import Spools
from gateway.service.supervise import TICK
from gateway.service.tail import Tail

Notify = Callable[[str], Awaitable[None]]
Ended = tuple[Job, list[Flight], Outcome]
Find = Callable[[str], Awaitable[tuple[Job, list[Flight]]]]


class Waiting:
    """Wakes those who wait. ``notify`` hears what the job is doing, in the words of its own events."""

    def __init__(
        self,
        live: Mapping[str, Live],
        leases: Leases,
        find: Find,
        *,
        spools: Spools,
        plugins: Plugins,
        redact: Redactor,
    ) -> None:
        self._live = live
        self._leases = leases
        self._find = find
        self._spools = spools
        self._plugins = plugins
        self._redact = redact

    async def ended(self, job_id: str, notify: Notify | None) -> Ended:
        """Return when the job has ended."""
        found: Ended | None = None
        while found is None:
            live = self._live.get(job_id)
            found = await (self._here(job_id, live, notify) if live else self._elsewhere(job_id, notify))
        return found

    async def _here(self, job_id: str, live: Live, notify: Notify | None) -> Ended | None:
        """Wait for a job of ours. None: it is no longer ours."""
        told: str | None = None
        while live.result is None and self._live.get(job_id) is live:
            changed = live.changed
            if notify is not None and live.note is not None and live.note != told:
                told = live.note
                await notify(told)
            else:
                await changed.wait()
        return live.result

    async def _elsewhere(self, job_id: str, notify: Notify | None) -> Ended | None:
        """Wait for a job that another gateway runs, and read along if somebody wants to hear of it.

        None: it has become ours.
        """
        tail: Tail | None = None
        attempt = 0
        while job_id not in self._live:
            changed = self._leases.changed  # before the look: what is written after it must not be missed
            job, flights = await self._find(job_id)
            if job.status == "ended":
                return job, flights, outcome_of(job, flights[0])
            if notify is None:
                await self._leases.change(changed)
                continue
            if tail is None or attempt != job.attempt:
                tail, attempt = self._tail(job), job.attempt
            note = await tail.catch_up() if tail else None
            if note is not None:
                await notify(note)
            with trio.move_on_after(TICK):
                await self._leases.change(changed)
        return None

    def _tail(self, job: Job) -> Tail | None:
        spool = self._spools.of(job.id, job.attempt)
        told = read_record(spool)
        provider = self._plugins.providers.get(job.provider)
        if told is None or provider is None:
            return None
        return Tail(provider, told.launch, spool, redact=self._redact)
