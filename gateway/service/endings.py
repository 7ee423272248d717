"""What came of jobs that no CLI has told the end of."""

from typing import Literal, cast

from gateway.domain.outcome import Ending, Exit, ExitReason, Outcome
from gateway.errors import GatewayError

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
