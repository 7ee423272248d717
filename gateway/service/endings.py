"""What came of a job: as its plugin judges it, or where no CLI has told."""

from typing import Literal, cast

from gateway.domain.launch import Resume
from gateway.domain.outcome import Ending, Exit, ExitReason, Outcome
from gateway.domain.request import Request, replace
from gateway.errors import GatewayError
from gateway.plugin.provider import Provider

NO_PLACE = "There was no free place to run in for too long; nothing was started. Ask again later."
StopReason = Literal["timeout", "idle", "overflow", "cancelled", "lost"]
STOPPED: dict[ExitReason, str] = {
    "timeout": "The run reached its wall-clock limit and was stopped.",
    "idle": "The CLI printed nothing for too long and was stopped.",
    "overflow": "The output passed the size limit and the run was stopped.",
    "cancelled": "The run was cancelled.",
    "lost": "The process ended without leaving an exit status.",
}


def stopped(reason: ExitReason, error: str = "") -> Outcome:
    """A job that ended before its process began, or of whose process nothing is left."""
    ending: StopReason = "cancelled" if reason == "exited" else reason
    return Outcome(ending=ending, error=error or STOPPED[ending], exit=Exit(returncode=None, reason=ending))


def failed(error: GatewayError) -> Outcome:
    """A job that could not be run."""
    hint = f" {error.hint}" if error.hint else ""
    return Outcome(ending=cast(Ending, error.code), error=f"{error}{hint}", exit=Exit(returncode=None))


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
