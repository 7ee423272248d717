"""The gateway: opens the store, owns the nursery that jobs live in, submits, waits, cancels."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import trio
from msgspec import Struct

from gateway.config import Config
from gateway.domain.caller import LOCAL, Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job, Mode
from gateway.domain.launch import Autonomy
from gateway.domain.outcome import Outcome
from gateway.domain.provider import Tool
from gateway.domain.request import Request, replace
from gateway.errors import NotFound
from gateway.host.owners import Owner
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redactor
from gateway.service import prepare
from gateway.service.adoption import carried_on, outcome_of
from gateway.service.intake import Intake
from gateway.service.leases import Leases
from gateway.service.live import Live
from gateway.service.pages import PAGE, Page, answer_path, page_of, stream_path
from gateway.service.prepare import Prepared
from gateway.service.record import read_record
from gateway.service.reply import Reply, worded
from gateway.service.runner import Runner, Task, stopped
from gateway.service.surroundings import Surroundings
from gateway.store import jobs
from gateway.store.database import Database, open_database

STDERR_PAGE = 20_000
"""Bytes of stderr that a result holds."""

Notify = Callable[[str], Awaitable[None]]


class Ticket(Struct, frozen=True, kw_only=True):
    """A submitted request: its job, and what is known before it has ended."""

    job: Job
    provider: Provider
    prepared: Prepared
    resume_id: str | None
    warnings: tuple[str, ...]

    @property
    def mcp_servers(self) -> dict[str, list[str]]:
        enabled = [server.name for server in self.prepared.servers]
        missing = list(self.prepared.missing_servers)
        told = {"requested": list(self.prepared.request.mcp_servers), "enabled": enabled, "missing": missing}
        return {name: names for name, names in told.items() if names or name == "requested"}


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
        self._nursery = nursery
        self._owner = owner
        self._live: dict[str, Live] = {}
        self.surroundings = Surroundings(config, plugins, environ)
        secrets = [secret for provider in plugins.providers.values() for secret in provider.info.secrets]
        self.redact = Redactor(secrets)
        self._intake = Intake(config, database, self.surroundings, self.redact)
        self.runner = Runner(database, config, owner=owner.name, redact=self.redact)
        self.leases = Leases(database, owner, self._live, self._adopt)

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
    ) -> Ticket:
        """Begin a request. It is checked and recorded when this returns, and runs whether or not anybody waits."""
        self.runner.admission.check(provider.name)
        prepared = await self._intake.prepare(provider, tool, request, caller, autonomy, warnings)
        first = prepare.attempt(provider, prepared)
        job, flight = self._intake.records(provider, prepared, mode, caller)
        flight = replace(flight, breaker=self.runner.admission.state(provider.name))
        live = self._live[job.id] = Live()
        with trio.CancelScope(shield=True):
            await self.database.run(
                jobs.create, job, flight, owner=self._owner.name, lease_until=self.leases.until()
            )
        task = Task(job=job, provider=provider, prepared=prepared, live=live)
        self._begin(task, self.runner.run(task, first))
        return Ticket(
            job=job,
            provider=provider,
            prepared=prepared,
            resume_id=first.resume.session_id if first.resume.mode != "fork" else None,
            warnings=(*prepared.warnings, *first.launch.warnings),
        )

    def _begin(self, task: Task, run: Awaitable[None]) -> None:
        task.live.recorded = True
        self.leases.need()
        self._nursery.start_soon(self._live_through, task, run)

    async def _live_through(self, task: Task, run: Awaitable[None]) -> None:
        try:
            with task.live.scope:
                await run
        finally:
            self._live.pop(task.job.id, None)
            task.live.wake()

    async def _adopt(self, job: Job) -> None:
        """Carry on with a job of a gateway that is gone, or close it where nothing is left of it."""
        told = read_record(self.runner.spool(job.id, job.attempt))
        provider = self.plugins.providers.get(job.provider)
        if told is None or provider is None:
            why = (
                "Its gateway ended before the run had begun."
                if told is None
                else f"No plugin for {job.provider}."
            )
            await self.runner.give_up(job, provider, stopped("lost", f"{why} Nothing was done; ask again."))
            return
        live = self._live[job.id] = Live()
        task, attempt = carried_on(job, provider, told, live, self.surroundings)
        reasons = await self.database.read(jobs.told_to_stop, owner=self._owner.name)
        if job.id in reasons:
            live.stop(reasons[job.id])
        self._begin(task, self.runner.adopt(task, attempt, job.attempt))

    async def wait(self, ticket: Ticket, notify: Notify | None = None) -> Reply:
        """Wait for the end of a request. Who stops waiting for a sync request stops it."""
        live = self._live.get(ticket.job.id)
        ended = None
        try:
            ended = await self.ended(ticket.job.id, notify)
        finally:
            if ended is None and ticket.job.mode == "sync" and not self.closing and live is not None:
                live.stop("cancelled")
        job, flight, outcome = ended
        return Reply(
            job=job,
            flight=flight,
            outcome=outcome,
            text=self._text(ticket, job, outcome),
            warnings=(*(live.warnings if live else ticket.warnings), *outcome.warnings),
            mcp_servers=ticket.mcp_servers,
        )

    async def ended(self, job_id: str, notify: Notify | None = None) -> tuple[Job, Flight, Outcome]:
        """Wait until a job has ended, wherever it runs. ``notify`` hears what it does meanwhile, if it runs here."""
        told: str | None = None
        live = self._live.get(job_id)
        while live is not None and live.result is None:
            changed = live.changed
            if notify is not None and live.note is not None and live.note != told:
                told = live.note
                await notify(told)
            elif job_id in self._live:
                await changed.wait()
            else:
                break
        if live is not None and live.result is not None:
            return live.result
        while True:
            job, flight = await self.job(job_id, None)
            if job.status == "ended":
                return job, flight, outcome_of(job, flight)
            await self.leases.change()

    def _text(self, ticket: Ticket, job: Job, outcome: Outcome) -> str:
        spool = self.runner.spool(job.id, job.attempt)
        lines = b"" if not spool.size("stdout") else next(spool.chunks("stdout", 0, PAGE))
        return worded(
            ticket.provider, ticket.prepared.request, outcome, self.redact(lines.decode(errors="replace"))
        )

    async def job(self, job_id: str, caller: Caller | None = LOCAL) -> tuple[Job, Flight]:
        """A job of the caller (None: anybody's) and the flight that began it."""
        found = await self.database.read(jobs.recorded, job_id, caller.principal if caller else None)
        if found is None:
            raise NotFound("Job not found", hint="See `gateway jobs list`.")
        job, flight = found
        return (job if job.status == "ended" else self._measured(job)), flight

    def _measured(self, job: Job) -> Job:
        """The job with the output it has so far."""
        spool = self.runner.spool(job.id, job.attempt)
        return replace(job, stdout_bytes=spool.size("stdout"), stderr_bytes=spool.size("stderr"))

    async def page(
        self, job_id: str, cursor: str | None, most: int, *, raw: bool, caller: Caller = LOCAL
    ) -> Page:
        """A page of the job's folded answer, or of what its CLI printed."""
        job, flight = await self.job(job_id, caller)
        spool = self.runner.spool(job.id, job.attempt)
        if raw or job.status != "ended":
            return page_of(stream_path(spool, "stdout"), cursor, most)
        provider = self.plugins.provider(job.provider)
        return page_of(await answer_path(job, provider, spool, flight.answer or ""), cursor, most)

    def stderr_tail(self, job: Job) -> str:
        """The end of what the CLI said on stderr."""
        spool = self.runner.spool(job.id, job.attempt)
        if not spool.size("stderr"):
            return ""
        return self.redact(spool.tail("stderr", STDERR_PAGE).decode(errors="replace"))

    def note(self, job_id: str) -> str | None:
        """What the job is doing, where it runs here."""
        live = self._live.get(job_id)
        return None if live is None else live.note

    async def cancel(self, job_id: str) -> bool:
        """Ask a job to stop, wherever it runs; whether it was still running."""
        live = self._live.get(job_id)
        if live is not None:
            live.stop("cancelled")
            return True
        return await self.database.run(jobs.ask_to_stop, job_id, "cancelled")


@asynccontextmanager
async def open_gateway(
    config: Config, plugins: Plugins, environ: Mapping[str, str]
) -> AsyncIterator[Gateway]:
    """A running gateway. At the end it lets go of its jobs: their processes go on."""
    owner = Owner(os.path.join(config.state, "gateways"))
    try:
        async with (
            open_database(os.path.join(config.state, "gateway.db")) as database,
            trio.open_nursery() as nursery,
        ):
            gateway = Gateway(config, plugins, database, nursery=nursery, environ=environ, owner=owner)
            nursery.start_soon(gateway.leases.keep)
            nursery.start_soon(gateway.leases.listen)
            try:
                yield gateway
            finally:
                gateway.closing = True
                nursery.cancel_scope.cancel()
    finally:
        owner.close()
