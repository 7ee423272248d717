"""A panel: one question to several providers, and what came of each seat."""

from typing import Any, Literal

from msgspec import Struct

from gateway.domain.outcome import Ending

Intent = Literal["validate", "second_opinion", "red_team", "consensus", "ask_model", "synthesize"]
Role = Literal["seat", "judge"]

Stand = Literal["running", "answered", "abstained", "empty", "failed", "timed_out"]
"""What a seat has to say. Only ``answered`` is evidence of anything: silence is not consent."""

Body = dict[str, Any]
"""A value for JSON."""


class Seat(Struct, frozen=True, kw_only=True):
    """A provider's place at a panel. One that could not be begun has no job, but an ending and an error."""

    number: int
    role: Role = "seat"
    provider: str
    correlation_id: str
    job_id: str | None = None
    flight_id: str | None = None
    ending: Ending | None = None
    error: str | None = None


class Panel(Struct, frozen=True, kw_only=True):
    """What was asked and of whom. ``receipt`` is the sealed account of it, when all seats have ended."""

    id: str
    principal: str
    tool: str
    intent: Intent
    created_at: float
    request: Body
    """What was asked; empty once sealed where prompts and answers are not to be kept."""
    judge: str | None = None
    working_dir: str | None = None
    timeout_ms: int | None = None
    seats: tuple[Seat, ...] = ()
    receipt: str | None = None

    def of(self, role: Role) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat.role == role)


class Opinion(Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of a seat: an answer, or the reason why there is none. Receipts hold it under these names."""

    provider: str
    role: Role
    correlation_id: str
    job_id: str | None = None
    ending: Ending | None = None
    """None: it still runs."""
    verdict: Stand = "running"
    stated: str | None = None
    """The verdict in the model's own words."""
    position: str | None = None
    """Those words brought into a form in which two can be compared."""
    error: str | None = None
    model_asked: str | None = None
    model_used: str | None = None
    cli_version: str | None = None
    input: str | None = None
    """The prompt as it is kept: without secrets; None where prompts are not kept."""
    input_sha256: str | None = None
    """Of the prompt as it was sent."""
    output: str | None = None
    """The answer, or the head of a very long one; None where answers are not kept."""
    output_bytes: int = 0
    output_sha256: str | None = None
    """Of the whole answer, in UTF-8."""
