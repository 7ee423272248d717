"""A flight: what the recorder keeps of one request, whoever asked and however it ended."""

from typing import Literal

from msgspec import Struct

from gateway.domain.jobs import Mode
from gateway.domain.outcome import Ending


class Flight(Struct, frozen=True, kw_only=True):
    """One row of the flight recorder. The fields are its columns; None is not known (or not over yet)."""

    id: str
    correlation_id: str
    job_id: str
    provider: str
    tool: str
    principal: str
    mode: Mode
    origin: str
    """The gateway that took the request."""
    started_at: float
    deduped: Literal[0, 1] = 0
    """Whether the request shares the job of an earlier one; its usage is then told there alone."""
    prompt_hash: str
    prompt: str | None = None
    stable_prefix_hash: str | None = None
    stable_prefix_tokens: int | None = None
    model_asked: str | None = None
    cli_version: str | None = None
    finished_at: float | None = None
    model_used: str | None = None
    session_id: str | None = None
    answer: str | None = None
    error: str | None = None
    ending: Ending | None = None
    exit_code: int | None = None
    duration_ms: int | None = None
    queue_ms: int | None = None
    retries: int = 0
    breaker: Literal["closed", "open", "half_open"] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    cost_source: Literal["reported", "computed", "unknown"] = "unknown"
