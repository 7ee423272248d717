"""A job: the durable unit of work. Every request is one, whoever waits for it."""

from typing import Literal

from msgspec import Struct

from gateway.domain.outcome import Ending

JobStatus = Literal["queued", "running", "ended"]
Mode = Literal["sync", "async"]

TRANSITIONS: dict[JobStatus, tuple[JobStatus, ...]] = {
    "queued": ("running", "ended"),
    "running": ("ended",),
    "ended": (),
}
"""The only ways a job may go. ``ended`` is final; ``ending`` then says how."""


class Job(Struct, frozen=True, kw_only=True):
    """What is known of a job. Times are Unix seconds, sizes are bytes."""

    id: str
    provider: str
    tool: str
    principal: str
    """Who asked; ``local`` is whoever is at this machine."""
    correlation_id: str
    """The caller's own trace id, else one of ours."""
    mode: Mode
    status: JobStatus
    directory: str
    """Where the CLI works."""
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    ending: Ending | None = None
    error: str | None = None
    returncode: int | None = None
    session_id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    """Why it was asked to stop, where it was; not why the model did."""
    attempt: int = 1
    """The number of the process, from 1."""
    stdout_bytes: int = 0
    stderr_bytes: int = 0
    answer_bytes: int = 0
    finish_reason: str | None = None
    """Why the model stopped, in the CLI's word."""
    notes: str = "[]"
    """What else there was to say of the run, as a JSON list of sentences: attempts that failed, for example."""
