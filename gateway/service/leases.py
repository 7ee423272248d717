"""Keeps our own jobs, takes over those of gateways that are gone, and listens to the others.

Several gateways share one database: one for each editor window. A job has one owner at a time. The owner renews a
lease; only when that has expired, or the owner's process has ended, may another take over, and taking over means
carrying on with what is there.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping

import trio

from gateway.config import Config
from gateway.domain.jobs import Job
from gateway.host.faults import reach
from gateway.host.owners import Owner
from gateway.service.live import Live
from gateway.store import jobs
from gateway.store.database import Database, unharmed

LISTEN = 0.1
"""Seconds between two looks at what the other gateways have written, while somebody waits for it."""

Adopt = Callable[[Job], Awaitable[None]]


class Leases:
    """The heartbeat, the sweep and the listening of one gateway."""

    def __init__(
        self,
        database: Database,
        config: Config,
        *,
        owner: Owner,
        providers: Collection[str],
        live: Mapping[str, Live],
        adopt: Adopt,
    ) -> None:
        self._database = database
        self._providers = providers
        self._config = config
        self._owner = owner
        self._live = live
        self._adopt = adopt
        self._needed = trio.Event()
        self._waiters = 0
        self.changed = trio.Event()

    def until(self) -> float:
        """Unix time to which a lease taken now lasts."""
        return time.time() + self._config.lease

    async def keep(self) -> None:
        """Renew what is ours and sweep up what is nobody's, for ever."""
        while True:
            with unharmed("the heartbeat failed"):
                await self._renew()
                await self._sweep()
            await trio.sleep(self._config.heartbeat)

    async def _renew(self) -> None:
        before = list(self._live)
        if not before:
            return
        kept = await self._database.run(jobs.renew, owner=self._owner.name, until=self.until())
        for job_id in before:
            live = self._live.get(job_id)
            if live is not None and job_id not in kept and live.result is None:
                live.lose()

    async def _sweep(self) -> None:
        gone = self._owner.gone(await self._database.read(jobs.owners))
        if not gone and not await self._database.read(jobs.any_expired, now=time.time()):
            return
        taken = await self._database.run(
            jobs.take_over,
            owner=self._owner.name,
            providers=self._providers,
            gone=gone,
            now=time.time(),
            until=self.until(),
        )
        self._owner.forget(gone)
        reach("taken_over")
        for job in taken:
            await self._adopt(job)

    def need(self) -> None:
        """Somebody runs or awaits a job: listen to the others."""
        self._needed.set()

    def wake(self) -> None:
        """Let everybody look again who waits for a job that runs elsewhere: it may have become ours."""
        waiters, self.changed = self.changed, trio.Event()
        waiters.set()

    async def listen(self) -> None:
        """Notice what other gateways write: ends that are awaited here, and stops of jobs that run here."""
        version = -1
        while True:
            if not self._live and not self._waiters:
                self._needed = trio.Event()
                await self._needed.wait()
            await trio.sleep(LISTEN)
            with unharmed("listening failed"):
                now = await self._database.version()
                if now != version:
                    await self._obey()
                    version = now
                    self.wake()

    async def _obey(self) -> None:
        """Stop those of our jobs that somebody has told to stop."""
        if not self._live:
            return
        told = await self._database.read(jobs.told_to_stop, owner=self._owner.name)
        for job_id, reason in told.items():
            if job_id in self._live:
                self._live[job_id].stop(reason)

    async def change(self, changed: trio.Event) -> None:
        """Return when another gateway has written something since ``changed`` was ours, or soon after."""
        self._waiters += 1
        self.need()
        try:
            with trio.move_on_after(self._config.heartbeat):
                await changed.wait()
        finally:
            self._waiters -= 1
