"""The gateway: opens the store, owns the nursery that jobs live in, submits, waits, cancels."""

import hashlib
import os
import time
import uuid
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
from gateway.domain.request import Request, chosen, given, replace
from gateway.errors import NotFound, ProviderUnavailable, Refused
from gateway.host.environ import child_environ, find, search_path
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.models import with_model
from gateway.rules.redact import Redactor
from gateway.service import prepare
from gateway.service.installed import Binaries
from gateway.service.live import Live
from gateway.service.pages import PAGE, Page, answer_path, page_of, stream_path
from gateway.service.prepare import Attempt, Prepared
from gateway.service.reply import Reply, worded
from gateway.service.runner import Runner
from gateway.store import jobs, sessions
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
        nursery: trio.Nursery,
        environ: Mapping[str, str],
    ) -> None:
        self.config = config
        self.plugins = plugins
        self.database = database
        self.closing = False
        self._nursery = nursery
        self._environ = environ
        self._started_in = os.getcwd()
        self._live: dict[str, Live] = {}
        self._binaries = Binaries(os.path.join(config.state, "installed.json"))
        secrets = [secret for provider in plugins.providers.values() for secret in provider.info.secrets]
        self.redact = Redactor(secrets)
        self.runner = Runner(
            database, config, owner=f"{os.getpid()}-{uuid.uuid4().hex[:8]}", redact=self.redact
        )

    def environ(self, provider: Provider) -> dict[str, str]:
        """What a process of the provider may see, for runs and for probes alike."""
        info = provider.info
        markers = {
            marker
            for other in self.plugins.providers.values()
            if other.info.client is not None
            for marker in other.info.client.markers
        }
        allowed = (*info.env, *self.config.env, *self.config.provider(info.name).env)
        built = child_environ(self._environ, allowed, markers, search_path(self._environ))
        built.update(provider.environ(built))
        return {name: value for name, value in built.items() if value}

    def executable(self, provider: Provider) -> str:
        """The absolute path of the provider's CLI."""
        info = provider.info
        wanted = self.config.provider(info.name).executable or info.executable
        found = find(wanted, search_path(self._environ))
        if found is None:
            raise ProviderUnavailable(
                f"The '{wanted}' command was not found. Install the {info.title} CLI and make sure it is on PATH.",
                hint=f"Install it with: {' or '.join(info.install)}" if info.install else "",
            )
        return found

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
        prepared = await self._prepare(provider, tool, request, caller, autonomy, warnings)
        first = prepare.attempt(provider, prepared)
        job, flight = self._records(provider, prepared, mode, caller)
        live = self._live[job.id] = Live()
        with trio.CancelScope(shield=True):
            await self.database.run(jobs.create, job, flight)
        self._nursery.start_soon(self._run, job, provider, prepared, first, live)
        return Ticket(
            job=job,
            provider=provider,
            prepared=prepared,
            resume_id=first.resume.session_id if first.resume.mode != "fork" else None,
            warnings=(*prepared.warnings, *first.launch.warnings),
        )

    async def _run(
        self, job: Job, provider: Provider, prepared: Prepared, first: Attempt, live: Live
    ) -> None:
        try:
            await self.runner.run(job, provider, prepared, first, live)
        finally:
            del self._live[job.id]
            live.wake()

    async def _prepare(
        self,
        provider: Provider,
        tool: Tool,
        request: Request,
        caller: Caller,
        autonomy: Autonomy | None,
        warnings: tuple[str, ...],
    ) -> Prepared:
        info = provider.info
        prompt = prepare.check_request(request, info, caller)
        self._admit(provider, request)
        session = None
        if given(request.session_id) and not request.create_new_session:
            session = await self.database.read(sessions.get_session, info.name, str(request.session_id))
        directory = prepare.working_directory(request, session, self._started_in, info)
        request = with_model(prepare.resolve_paths(request, directory), info.catalog)
        wall_clock, idle, told = prepare.limits(request, info, self.config)
        servers, missing = self.config.servers(request.mcp_servers)
        executable = self.executable(provider)
        environ = self.environ(provider)
        return Prepared(
            tool=tool.name,
            request=request,
            prompt=prompt,
            directory=directory,
            executable=executable,
            environ=environ,
            installed=await self._binaries.installed(info, executable, environ),
            session=session,
            autonomy=autonomy,
            servers=tuple(servers),
            missing_servers=tuple(missing),
            wall_clock=wall_clock,
            idle=idle,
            warnings=(*warnings, *told),
        )

    def _admit(self, provider: Provider, request: Request) -> None:
        risk = provider.risk(request)
        for verdict in provider.admit(request, risk):
            if verdict.decision == "refused":
                raise Refused(f"The request was refused: {verdict.reason}", hint="Change it, or the policy.")

    def _records(
        self, provider: Provider, prepared: Prepared, mode: Mode, caller: Caller
    ) -> tuple[Job, Flight]:
        """The rows a request begins with."""
        now = time.time()
        request, prompt = prepared.request, prepared.prompt
        job = Job(
            id=str(uuid.uuid4()),
            provider=provider.name,
            tool=prepared.tool,
            principal=caller.principal,
            correlation_id=chosen(request.correlation_id, str(uuid.uuid4())),
            mode=mode,
            status="queued",
            directory=prepared.directory,
            created_at=now,
        )
        flight = Flight(
            id=str(uuid.uuid4()),
            correlation_id=job.correlation_id,
            job_id=job.id,
            provider=job.provider,
            tool=job.tool,
            principal=job.principal,
            mode=mode,
            started_at=now,
            prompt_hash=hashlib.sha256(prompt.text.encode()).hexdigest(),
            prompt=self.redact(prompt.text) if self.config.flight_bodies else None,
            stable_prefix_hash=prompt.stable_hash,
            stable_prefix_tokens=prompt.stable_tokens,
            model_asked=chosen(request.model, "") or None,
            cli_version=prepared.installed.version or None,
        )
        return job, flight

    async def wait(self, ticket: Ticket, notify: Notify | None = None) -> Reply:
        """Wait for the end of a request. Who stops waiting for a sync request stops it."""
        live = self._live.get(ticket.job.id)
        if live is None:
            raise NotFound(f"The job {ticket.job.id} does not run here.")
        told: str | None = None
        try:
            while live.result is None:
                changed = live.changed
                if notify is not None and live.note is not None and live.note != told:
                    told = live.note
                    await notify(told)
                elif ticket.job.id in self._live:
                    await changed.wait()
                else:
                    raise NotFound(f"The job {ticket.job.id} vanished.", hint="See the gateway's log.")
        finally:
            if live.result is None and ticket.job.mode == "sync" and not self.closing:
                live.stop("cancelled")
        job, flight, outcome = live.result
        return Reply(
            job=job,
            flight=flight,
            outcome=outcome,
            text=self._text(ticket, job, flight, outcome),
            warnings=(*live.warnings, *outcome.warnings),
            mcp_servers=ticket.mcp_servers,
        )

    def _text(self, ticket: Ticket, job: Job, flight: Flight, outcome: Outcome) -> str:
        spool = self.runner.spool(job.id, flight.retries + 1)
        lines = b"" if not spool.size("stdout") else next(spool.chunks("stdout", 0, PAGE))
        return worded(
            ticket.provider, ticket.prepared.request, outcome, self.redact(lines.decode(errors="replace"))
        )

    async def job(self, job_id: str, caller: Caller = LOCAL) -> tuple[Job, Flight]:
        """A job of the caller and the flight that began it."""
        found = await self.database.read(jobs.recorded, job_id, caller.principal)
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
        return (
            self.redact(spool.tail("stderr", STDERR_PAGE).decode(errors="replace"))
            if spool.size("stderr")
            else ""
        )

    def note(self, job_id: str) -> str | None:
        """What the job is doing, where it runs here."""
        live = self._live.get(job_id)
        return None if live is None else live.note

    def cancel(self, job_id: str) -> bool:
        """Ask a job that runs here to stop; whether there was one."""
        live = self._live.get(job_id)
        if live is None:
            return False
        live.stop("cancelled")
        return True


@asynccontextmanager
async def open_gateway(
    config: Config, plugins: Plugins, environ: Mapping[str, str]
) -> AsyncIterator[Gateway]:
    """A running gateway. At the end it lets go of its jobs: their processes go on."""
    async with (
        open_database(os.path.join(config.state, "gateway.db")) as database,
        trio.open_nursery() as nursery,
    ):
        gateway = Gateway(config, plugins, database, nursery, environ)
        try:
            yield gateway
        finally:
            gateway.closing = True
            nursery.cancel_scope.cancel()
