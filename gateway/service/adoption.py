"""Picks up where another gateway left off: from its records to a task of ours."""

import time
from collections.abc import Coroutine
from typing import Any

from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Installed
from gateway.domain.outcome import Exit, ExitReason, Outcome, Usage
from gateway.domain.provider import Tool
from gateway.errors import NotFound
from gateway.plugin.provider import Provider
from gateway.service import prepare
from gateway.service.intake import Intake
from gateway.service.live import Live
from gateway.service.prepare import Attempt, Prepared
from gateway.service.record import Record, read_asked, read_record
from gateway.service.runner import Runner, Task
from gateway.service.surroundings import Surroundings

REASONS: dict[str, ExitReason] = {
    "timeout": "timeout",
    "idle": "idle",
    "overflow": "overflow",
    "cancelled": "cancelled",
    "lost": "lost",
}


async def carry_on(
    job: Job, provider: Provider, live: Live, *, runner: Runner, intake: Intake, surroundings: Surroundings
) -> tuple[Task, Coroutine[Any, Any, None]]:
    """The task of a job whose gateway is gone, and the run that follows its process or begins it.

    NotFound where nothing is left that could be carried on.
    """
    spool = runner.spool(job.id, job.attempt)
    told = read_record(spool)
    if told is not None and spool.begun():
        task, attempt = carried_on(job, provider, told, live, surroundings)
        return task, runner.adopt(task, attempt, job.attempt)
    asked = read_asked(runner.home(job.id))
    if asked is None:
        raise NotFound("It ended before the run had begun; nothing was done. Ask again.")
    tool = Tool(asked.tool, provider.info.request)
    prepared = await intake.prepare(
        provider, tool, asked.asked(provider), LOCAL, asked.autonomy, asked.warnings
    )
    task = Task(job=job, provider=provider, prepared=prepared, live=live)
    return task, runner.run(task, prepare.attempt(provider, prepared))


def carried_on(
    job: Job, provider: Provider, told: Record, live: Live, surroundings: Surroundings
) -> tuple[Task, Attempt]:
    """The task and the attempt that an attempt's record tells of."""
    started = job.started_at or time.time()
    prepared = Prepared(
        tool=told.tool,
        request=told.asked(provider),
        prompt=told.prompt,
        directory=told.directory,
        executable=told.executable,
        environ=surroundings.environ(provider),
        installed=Installed(told.version),
        session=None,
        autonomy=told.autonomy,
        servers=(),
        missing_servers=(),
        wall_clock=told.deadline - started,
        idle=told.idle,
        warnings=told.warnings,
    )
    return Task(job=job, provider=provider, prepared=prepared, live=live), Attempt(told.resume, told.launch)


def outcome_of(job: Job, flight: Flight) -> Outcome:
    """What came of a job that ended elsewhere, from its rows."""
    ending = job.ending or "lost"
    usage = Usage(
        input_tokens=flight.input_tokens,
        output_tokens=flight.output_tokens,
        cache_read_tokens=flight.cache_read_tokens,
        cache_write_tokens=flight.cache_write_tokens,
        reasoning_tokens=flight.reasoning_tokens,
        cost_usd=flight.cost_usd,
    )
    return Outcome(
        ending=ending,
        exit=Exit(returncode=job.returncode, reason=REASONS.get(ending, "exited")),
        text=flight.answer or "",
        text_bytes=job.answer_bytes,
        error=job.error,
        session_id=job.session_id,
        model=job.model,
        usage=usage,
    )
