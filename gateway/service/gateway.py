"""The gateway: opens the store, owns the nursery that jobs live in, submits, waits, cancels."""

import math
import os
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from typing import TypeVar, cast

import trio

from gateway.config import Config
from gateway.domain.caller import LOCAL, Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job, Mode
from gateway.domain.launch import Autonomy
from gateway.domain.outcome import ExitReason
from gateway.domain.provider import Tool
from gateway.domain.request import Request, replace
from gateway.errors import NotFound, StoreError
from gateway.host.faults import reach
from gateway.host.owners import Owner
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redactor
from gateway.service import prepare
from gateway.service.adoption import Adoption
from gateway.service.caches import Caches
from gateway.service.catalogs import Catalogs
from gateway.service.consent import ASKING, asks
from gateway.service.ephemeral import housed
from gateway.service.intake import Intake
from gateway.service.leases import Leases
from gateway.service.live import Live
from gateway.service.outputs import Outputs
from gateway.service.pages import Page
from gateway.service.record import forget_asked, write_asked, write_joined
from gateway.service.reply import Reply, reply_of
from gateway.service.retention import prune_when_due
from gateway.service.runner import Runner, Task
from gateway.service.sessions import Sessions
from gateway.service.spools import Spools
from gateway.service.surroundings import Surroundings
from gateway.service.ticket import Ticket
from gateway.service.waiting import Notify, Waiting
from gateway.service.withdrawal import Withdrawal
from gateway.store import jobs
from gateway.store.claims import Claim, Share, claim, defer
from gateway.store.database import Database, open_database

T = TypeVar("T")

CLOSING = 10.0
"""Seconds that jobs have to end which are to end with their gateway."""


class Gateway:
    """One runtime for every front end of this process. Made by `open_gateway`."""

    def __init__(
        self,
        config: Config,
        plugins: Plugins,
        database: Database,
        *,
        nursery: trio.Nursery,
        environ: Mapping[str, str],
        owner: Owner,
    ) -> None:
        self.config = config
        self.plugins = plugins
        self.database = database
        self.closing = False
        self.environ = environ
        self.nursery = nursery
        self._owner = owner
        self._live: dict[str, Live] = {}
        self.surroundings = Surroundings(config, plugins, environ)
        secrets = [secret for provider in plugins.providers.values() for secret in provider.info.secrets]
        self.redact = Redactor(secrets)
        self.sessions = Sessions(config, database)
        self.caches = Caches(config.cache_awareness, database, plugins)
        self.catalogs = Catalogs(self.surroundings, environ, nursery)
        self.intake = Intake(
            config, database, self.surroundings, self.catalogs, caches=self.caches, redact=self.redact
        )
        self.spools = Spools(config.state)
        self.runner = Runner(database, config, owner=owner.name, redact=self.redact, spools=self.spools)
        self._adoption = Adoption(
            plugins,
            runner=self.runner,
            intake=self.intake,
            surroundings=self.surroundings,
            spools=self.spools,
        )
        self.outputs = Outputs(self.spools, self.redact)
        self.leases = Leases(
            database, config, owner=owner, providers=plugins.providers, live=self._live, adopt=self._adopt
        )
        self.withdrawal = Withdrawal(database, self._live, owner.name)
        self.waiting = Waiting(
            self._live, self.leases, self._recorded, spools=self.spools, plugins=plugins, redact=self.redact
        )

    async def submit(
        self,
        provider: Provider,
        tool: Tool,
        request: Request,
        *,
        mode: Mode,
        caller: Caller = LOCAL,
        autonomy: Autonomy | None = None,
        warnings: tuple[str, ...] = (),
        emptied: frozenset[str] = frozenset(),
    ) -> Ticket:
        """Begin a request. It is checked and recorded when this returns, and runs whether or not anybody waits."""
        self.runner.admission.check(provider.name)
        async with self.runner.crashes.kept(provider.name):
            prepared = await self.intake.prepare(provider, tool, request, caller, autonomy, warnings, emptied)
            first, risk = prepare.attempt(provider, prepared), provider.risk(request)
        warnings = (*prepared.warnings, *first.launch.warnings)
        job, flight = self.intake.records(provider, prepared, mode, caller=caller, origin=self._owner.name)
        state = await self.intake.directory_state(prepared, risk, first.resume)
        asked = Claim(
            job=job,
            flight=replace(flight, breaker=self.runner.admission.state(provider.name)),
            owner=self._owner.name,
            lease_until=self.leases.until(),
            fingerprint=self.intake.fingerprint(prepared, caller),
            directory_state=state,
            reuse_since=job.created_at - self.config.persistence.dedup_window_ms / 1000 if state else None,
            keep=partial(write_asked, self.spools.home(job.id), prepared),
        )
        job, flight, share = await self._claim(asked, prepared)
        if share == "none":
            task = Task(job=job, provider=provider, prepared=prepared, live=Live(mode))
            self._begin(job.id, task.live, self.runner.run(task, first))
        elif mode == "async":
            self._is_async(job.id)
            write_joined(self.spools.home(job.id), flight.id, prepared, warnings)
        resume_id = first.resume.session_id if first.resume.mode != "fork" else None
        return Ticket(
            job=job,
            flight=flight,
            provider=provider,
            prepared=prepared,
            resume_id=resume_id if share == "none" else job.session_id,
            warnings=warnings,
        )

    async def _claim(self, asked: Claim, prepared: prepare.Prepared) -> tuple[Job, Flight, Share]:
        """Let a request in and record it, its folder first. One that shares a run, or fails, leaves none."""
        home, ours = self.spools.home(asked.job.id), False
        self.runner.admission.expect(asked.job.id, asked.job.provider)
        try:
            with trio.CancelScope(shield=True):
                found = await self.database.run(claim, asked)
            ours = found[2] == "none"
            reach("claimed")
        except OSError as error:
            raise StoreError(f"The request cannot be recorded: {error}", hint="Look at the disk.") from error
        finally:
            if not ours:
                self.runner.admission.forget(asked.job.id)
                forget_asked(home, prepared)
        return found

    def _begin(self, job_id: str, live: Live, run: Awaitable[None]) -> None:
        self._live[job_id] = live
        self.leases.need()
        self.leases.wake()
        self.nursery.start_soon(self._live_through, job_id, live, run)

    async def _live_through(self, job_id: str, live: Live, run: Awaitable[None]) -> None:
        try:
            with live.scope:
                await run
        finally:
            if self._live.get(job_id) is live:  # else it was lost and has come back since
                del self._live[job_id]
            live.wake()
            self.leases.wake()

    async def _adopt(self, job: Job) -> None:
        """Carry on with a job of a gateway that is gone."""
        live = Live(job.mode)
        if job.stop_reason is not None:
            live.stop(cast(ExitReason, job.stop_reason))
        self._begin(job.id, live, self._adoption.carry_on(job, live))

    async def wait(
        self, ticket: Ticket, notify: Notify | None = None, deadline: float | None = None
    ) -> Reply | None:
        """Wait for the end of a request. None: it still ran after ``deadline`` seconds and goes on as a job.

        Who stops waiting for a sync request withdraws it; the last one to do so stops it.
        """
        try:
            with trio.move_on_after(math.inf if deadline is None else deadline):
                job, flights, outcome = await self.waiting.ended(ticket.job.id, notify)
                outcome = await self.outputs.whole(ticket.provider, job, outcome)
                said = self.outputs.text(ticket.provider, ticket.prepared.request, job, outcome)
                return reply_of(ticket, job, flights, outcome, said)
            await self.database.run(defer, ticket.job.id, ticket.flight.id)
            self._is_async(ticket.job.id)
        except trio.Cancelled:
            if ticket.flight.mode == "sync" and not self.closing:
                await self.withdrawal.give_up(ticket.flight)
            raise
        return None

    def _is_async(self, job_id: str) -> None:
        """Somebody will come back for the job."""
        if job_id in self._live:
            self._live[job_id].mode = "async"

    async def watch(self, job_id: str, notify: Notify | None, most: float, caller: Caller = LOCAL) -> Job:
        """The job when it has ended, or as it is after ``most`` seconds."""
        await self._recorded(job_id, caller)
        with trio.move_on_after(most):
            job, _, _ = await self.waiting.ended(job_id, notify)
            return job
        return await self.job(job_id, caller)

    async def jobs(self, most: int, *, running: bool, caller: Caller = LOCAL) -> list[Job]:
        """The caller's newest jobs."""
        found = await self.database.read(jobs.newest, caller.principal, most, unfinished=running)
        return [self.outputs.measured(job) for job in found]

    async def job(self, job_id: str, caller: Caller | None = LOCAL) -> Job:
        """A job of the caller; None: anybody's."""
        job = _found(await self.database.read(jobs.get, job_id, caller.principal if caller else None))
        return self.outputs.measured(job)

    async def _recorded(self, job_id: str, caller: Caller | None = None) -> tuple[Job, list[Flight]]:
        return _found(await self.database.read(jobs.recorded, job_id, caller.principal if caller else None))

    async def result(
        self, job_id: str, cursor: str | None, most: int, *, raw: bool, caller: Caller = LOCAL
    ) -> tuple[Job, Page]:
        """A job of the caller, and a page of its folded answer or of what its CLI printed."""
        job, flights = await self._recorded(job_id, caller)
        if raw or job.status != "ended":
            return self.outputs.measured(job), self.outputs.raw(job, cursor, most)
        provider = self.plugins.provider(job.provider)
        return job, await self.outputs.answer(job, flights[0], provider, cursor, most)

    def note(self, job: Job) -> str | None:
        """What the job is doing, where it runs here; of others' can only be seen that they ask."""
        return live.note if (live := self._live.get(job.id)) else ASKING if asks(job, self.spools) else None

    async def cancel(self, job_id: str) -> bool:
        """Withdraw what this gateway asked for, or where that was nothing, stop the job whoever asked.

        Whether the job is being stopped by this; it goes on where another gateway's caller still waits.
        """
        return await self.withdrawal.cancel(job_id)

    async def close(self) -> None:
        """Let go of the jobs, and stop those that are to end with their gateway."""
        self.closing = True
        everything = self.config.persistence.backend != "sqlite"
        sync = self.config.sync_jobs_at_exit == "stop"
        ours = [live for live in self._live.values() if everything or (sync and live.mode == "sync")]
        for live in ours:
            live.stop("cancelled")
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSING):
            for live in ours:
                while live in self._live.values():
                    await live.changed.wait()


def _found(recorded: T | None) -> T:
    if recorded is None:
        raise NotFound("Job not found", hint="See `gateway jobs list`.")
    return recorded


@asynccontextmanager
async def open_gateway(
    config: Config, plugins: Plugins, environ: Mapping[str, str]
) -> AsyncIterator[Gateway]:
    """A running gateway. At the end it lets go of its jobs: their processes go on."""
    async with AsyncExitStack() as stack:
        config = await stack.enter_async_context(housed(config))
        owner = stack.enter_context(closing(Owner(os.path.join(config.state, "gateways"))))
        async with (
            open_database(os.path.join(config.state, "gateway.db")) as database,
            trio.open_nursery() as nursery,
        ):
            gateway = Gateway(config, plugins, database, nursery=nursery, environ=environ, owner=owner)
            nursery.start_soon(gateway.leases.keep)
            nursery.start_soon(gateway.leases.listen)
            nursery.start_soon(prune_when_due, database, config)
            try:
                yield gateway
            finally:
                await gateway.close()
                nursery.cancel_scope.cancel()
