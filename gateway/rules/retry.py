"""Whether a run that failed is tried again, and when."""

from gateway.domain.outcome import Outcome

LONGEST = 30.0
DOUBLINGS = 1000
"""After so many any wait is the longest. A number that was doubled more often is none: a full disk may last for days."""


def repeatable(outcome: Outcome) -> bool:
    """Whether the attempt failed without having done anything that would then be done twice.

    An agent that wrote text or used a tool may have edited files.
    """
    untouched = not outcome.text and not outcome.tools_used
    return outcome.ending != "ok" and outcome.exit.reason == "exited" and untouched


def transient(outcome: Outcome) -> bool:
    """Whether the same request may well succeed in a moment."""
    return outcome.ending == "provider_error" and repeatable(outcome)


def delay(failures: int, first: float) -> float:
    """Seconds to wait after so many failures: doubled each time, and bounded."""
    return min(first * 2.0 ** min(failures - 1, DOUBLINGS), LONGEST)
