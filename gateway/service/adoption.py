"""Picks up where another gateway left off: from its records to a task of ours."""

import logging
import time
from collections.abc import Coroutine
from typing import Any

from gateway.domain.caller import caller_named
from gateway.domain.jobs import Job
from gateway.domain.launch import Installed
from gateway.domain.provider import Tool
from gateway.domain.request import chosen
from gateway.errors import GatewayError, NotFound
from gateway.host.faults import reach
from gateway.host.process import starting
from gateway.host.spool import Spool
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.prompt import Prompt
from gateway.service import prepare
from gateway.service.endings import stopped
from gateway.service.intake import Intake
from gateway.service.live import Live
from gateway.service.prepare import Attempt, Prepared
from gateway.service.record import Asked, Record, read_asked, read_record
from gateway.service.runner import Runner, Task
from gateway.service.spools import Spools
from gateway.service.surroundings import Surroundings

log = logging.getLogger(__name__)


class Adoption:
    """Carries on with the jobs of gateways that are gone."""

    def __init__(
        self,
        plugins: Plugins,
        *,
        runner: Runner,
        intake: Intake,
        surroundings: Surroundings,
        spools: Spools,
    ) -> None:
        self._plugins = plugins
        self._runner = runner
        self._intake = intake
        self._surroundings = surroundings
        self._spools = spools

    async def carry_on(self, job: Job, live: Live) -> None:
        """Follow the job's process to its end, or begin what had not begun. It is lost where neither can be."""
        provider = self._plugins.providers.get(job.provider)
        try:
            run = await self._run(job, provider, live)
        except (
            Exception
        ) as error:  # the boundary of a job: what ends this gateway would end the next one, too
            if not isinstance(error, GatewayError | OSError):
                log.exception("job %s cannot be carried on", job.id)
            lost = stopped("lost", f"Its gateway is gone. {error}")
            told = live.stop_reason
            await self._runner.give_up(job, provider, lost if told is None else stopped(told))
        else:
            reach("adopted")
            await run

    async def _run(self, job: Job, provider: Provider | None, live: Live) -> Coroutine[Any, Any, None]:
        """The run that follows the job's process or begins it."""
        if provider is None:
            raise NotFound(f"There is no plugin for {job.provider} any more.")
        home, spool = self._spools.home(job.id), self._spools.of(job.id, job.attempt)
        told = _told(spool)
        if told is None:
            async with starting(home):
                told = _told(spool)
        asked = read_asked(home)
        if asked is None:
            raise NotFound("It ended before the run had begun; nothing was done. Ask again.")
        if told is not None:
            prepared = carried_on(job, provider, told, asked, self._surroundings)
            task = Task(job=job, provider=provider, prepared=prepared, live=live)
            return self._runner.adopt(task, Attempt(told.resume, told.launch), job.attempt)
        tool, caller = Tool(asked.tool, provider.info.request), caller_named(job.principal, asked.trace)
        request = asked.asked(provider)
        prepared = await self._intake.prepare(
            provider, tool, request, caller, asked.autonomy, asked.warnings, before=asked
        )
        task = Task(job=job, provider=provider, prepared=prepared, live=live)
        return self._runner.run(task, prepare.attempt(provider, prepared))


def _told(spool: Spool) -> Record | None:
    """The record of an attempt whose process was started; None: it was not, or not yet."""
    return read_record(spool) if spool.begun() else None


def carried_on(
    job: Job, provider: Provider, told: Record, asked: Asked, surroundings: Surroundings
) -> Prepared:
    """What an attempt was started with, from its record and from what was asked."""
    started = job.started_at or time.time()
    request = asked.asked(provider)
    servers, missing = surroundings.servers(request)
    return Prepared(
        tool=asked.tool,
        request=request,
        prompt=Prompt(chosen(request.prompt, "")),
        directory=told.directory,
        executable=told.executable,
        environ=surroundings.environ(provider, asked.trace),
        installed=Installed(told.version),
        session=None,
        autonomy=asked.autonomy,
        servers=tuple(servers),
        missing_servers=tuple(missing),
        own=not caller_named(job.principal).names_paths,
        wall_clock=told.deadline - started,
        idle=told.idle,
        warnings=told.warnings,
        trace=asked.trace,
    )
