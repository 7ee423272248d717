"""Picks up where another gateway left off: from its records to a task of ours."""

import time

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Installed
from gateway.domain.outcome import Exit, ExitReason, Outcome, Usage
from gateway.plugin.provider import Provider
from gateway.service.live import Live
from gateway.service.prepare import Attempt, Prepared
from gateway.service.record import Record
from gateway.service.runner import Task
from gateway.service.surroundings import Surroundings

REASONS: dict[str, ExitReason] = {
    "timeout": "timeout",
    "idle": "idle",
    "overflow": "overflow",
    "cancelled": "cancelled",
    "lost": "lost",
}


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
