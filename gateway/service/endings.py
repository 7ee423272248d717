"""What came of a job: as its plugin judges it, or where no CLI has told."""

from typing import Literal, cast

import msgspec

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Resume
from gateway.domain.outcome import Ending, Exit, ExitReason, Outcome, Usage
from gateway.domain.request import Request, replace
from gateway.errors import GatewayError
from gateway.plugin.provider import Provider

NO_PLACE = "There was no free place to run in for too long; nothing was started. Ask again later."
ENDS = (".", "?", "!")
"""What a sentence ends with."""
StopReason = Literal["timeout", "idle", "overflow", "cancelled", "lost"]
STOPPED: dict[ExitReason, str] = {
    "timeout": "The run reached its wall-clock limit and was stopped.",
    "idle": "The CLI printed nothing for too long and was stopped.",
    "overflow": "The output passed the size limit and the run was stopped.",
    "cancelled": "The run was cancelled.",
    "lost": "The process ended without leaving an exit status.",
}
REASONS: dict[str, ExitReason] = {
    "timeout": "timeout",
    "idle": "idle",
    "overflow": "overflow",
    "cancelled": "cancelled",
    "lost": "lost",
}


def stopped(reason: ExitReason, error: str = "") -> Outcome:
    """A job that ended before its process began, or of whose process nothing is left."""
    ending: StopReason = "cancelled" if reason == "exited" else reason
    return Outcome(ending=ending, error=error or STOPPED[ending], exit=Exit(returncode=None, reason=ending))


def failed(error: GatewayError) -> Outcome:
    """A job that could not be run."""
    said = str(error)
    if error.hint:
        said = f"{said if said.endswith(ENDS) else f'{said}.'} {error.hint}"
    return Outcome(ending=cast(Ending, error.code), error=said, exit=Exit(returncode=None))


def named(resume: Resume, outcome: Outcome) -> str | None:
    """The session a run belongs to even if it never said so: the one it was told to use.

    A new one is there only if something was done in it, or might have been when the run was stopped.
    """
    if resume.mode == "new":
        begun = outcome.finished or outcome.text or outcome.tools_used or outcome.exit.reason != "exited"
        return resume.session_id if begun else None
    return resume.session_id if resume.mode == "id" else None


def judged(provider: Provider, request: Request, resume: Resume, outcome: Outcome) -> Outcome:
    """The plugin's judgement, over which only our own reason for stopping the run stands."""
    exit = outcome.exit
    told = provider.judge(request, resume, outcome, exit)
    if exit.reason != "exited":
        return replace(told, ending=exit.reason, error=STOPPED[exit.reason])
    return replace(told, session_id=None) if told.ending == "session_unknown" else told


def outcome_of(job: Job, flight: Flight) -> Outcome:
    """What came of a job, from its rows: whoever asks, and wherever it ran."""
    ending = job.ending or "lost"
    usage = Usage(
        input_tokens=flight.input_tokens,
        output_tokens=flight.output_tokens,
        cache_read_tokens=flight.cache_read_tokens,
        cache_write_tokens=flight.cache_write_tokens,
        reasoning_tokens=flight.reasoning_tokens,
        cost_usd=flight.cost_usd if flight.cost_source == "reported" else None,
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
        stop_reason=job.finish_reason,
        warnings=msgspec.json.decode(job.notes, type=tuple[str, ...]),
    )
