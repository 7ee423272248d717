"""What version 1.7.0 kept, and what it is in our words. It could not say all: what it did not know stays unknown."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from gateway.domain.approvals import Approval
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import Ending
from gateway.domain.sessions import OURS, Session

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""What a database can hold."""
ORIGIN = "llm-cli-gateway 1.7.0"
SPACE = uuid.UUID("5e1c6a3c-3f0a-4d0e-9a38-2b7d1f6a1170")
"""Makes the same ids of the same rows, however often they are brought over."""
CODES: dict[int, Ending] = {124: "timeout", 125: "idle", 127: "cli_missing"}
ERRORS: tuple[tuple[str, Ending], ...] = (
    ("canceled by caller", "cancelled"),
    ("orphaned after gateway restart", "lost"),
    ("Gateway restarted while job was running", "lost"),
    ("Output exceeded maximum size", "overflow"),
)


class FormerFlight(Struct, frozen=True, kw_only=True):
    """A row of its flight recorder, with the row of metadata that belongs to it."""

    id: str
    cli: str
    model: str
    prompt: str
    response: str | None = None
    session_id: str | None = None
    duration_ms: float | None = None
    datetime_utc: str
    input_tokens: Whole | None = None
    output_tokens: Whole | None = None
    cache_read_tokens: Whole | None = None
    cache_creation_tokens: Whole | None = None
    stable_prefix_hash: str | None = None
    stable_prefix_tokens: Whole | None = None
    cost_usd: float | None = None
    exit_code: Whole | None = None
    error_message: str | None = None
    async_job_id: str | None = None
    status: str | None = None


class FormerSession(Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry of its file of sessions."""

    id: str
    cli: str
    created_at: str
    last_used_at: str
    description: str | None = None


class FormerApproval(Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of its file of approvals."""

    id: str
    ts: str | float
    status: str
    policy: str
    cli: str
    operation: str
    score: Whole
    reasons: tuple[str, ...] = ()
    prompt_preview: str = ""
    prompt_sha256: str = ""
    requested_mcp_servers: tuple[str, ...] = ()
    bypass_requested: bool = False
    full_auto: bool = False


def flown(row: FormerFlight, *, keep_bodies: bool, redact: Callable[[str], str]) -> tuple[Job, Flight]:
    """The flight, and the job that each of ours belongs to."""
    answer = redact(row.response or "") if keep_bodies else None
    job = _job(row, redact)
    job = replace(job, answer_bytes=len(answer.encode()) if answer else 0)
    prompt = redact(row.prompt) if keep_bodies else None
    return job, replace(_flight(row, job), prompt=prompt, answer=answer)


def _job(row: FormerFlight, redact: Callable[[str], str]) -> Job:
    began, ending = moment(row.datetime_utc), ending_of(row)
    return Job(
        id=row.async_job_id or str(uuid.uuid5(SPACE, f"job {row.id}")),
        provider=row.cli,
        tool=f"{row.cli}_request{'_async' if row.async_job_id else ''}",
        principal=LOCAL.principal,
        correlation_id=row.id,
        mode="async" if row.async_job_id else "sync",
        status="ended",
        directory="",
        created_at=began,
        started_at=began,
        finished_at=began + (row.duration_ms or 0.0) / 1000,
        ending=ending,
        error=redact(row.error_message) if row.error_message and ending != "ok" else None,
        returncode=row.exit_code,
        session_id=row.session_id,
    )


def _flight(row: FormerFlight, job: Job) -> Flight:
    return Flight(
        id=str(uuid.uuid5(SPACE, f"flight {row.id}")),
        correlation_id=row.id,
        job_id=job.id,
        provider=job.provider,
        tool=job.tool,
        principal=job.principal,
        mode=job.mode,
        origin=ORIGIN,
        started_at=job.created_at,
        finished_at=job.finished_at,
        prompt_hash=hashlib.sha256(row.prompt.encode()).hexdigest(),
        stable_prefix_hash=row.stable_prefix_hash,
        stable_prefix_tokens=row.stable_prefix_tokens,
        model_asked=None if row.model == "default" else row.model,
        session_id=job.session_id,
        error=job.error,
        ending=job.ending,
        exit_code=job.returncode,
        duration_ms=None if row.duration_ms is None else round(row.duration_ms),
        input_tokens=whole_input(row),
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_tokens=row.cache_creation_tokens,
        cost_usd=row.cost_usd,
        cost_source="unknown" if row.cost_usd is None else "reported",
    )


def ending_of(row: FormerFlight) -> Ending:
    """How the run ended, as far as it was told apart. One that nobody closed was lost."""
    if row.status in (None, "started"):
        return "lost"
    if row.status == "completed":
        return "ok" if (row.response or "").strip() else "empty"
    told = row.error_message or ""
    by_text = next((ending for words, ending in ERRORS if words in told), None)
    return by_text or CODES.get(row.exit_code or 0, "provider_error")


def whole_input(row: FormerFlight) -> int | None:
    """All input. Some of it was counted without the cache: where the cached part is larger, it was not in it."""
    cached = (row.cache_read_tokens or 0) + (row.cache_creation_tokens or 0)
    if row.input_tokens is None or row.input_tokens >= cached:
        return row.input_tokens
    return row.input_tokens + cached


def conversed(row: FormerSession) -> Session:
    """The session. Where it was begun, and by which model, was not kept."""
    return Session(
        id=row.id,
        provider=row.cli,
        source="created" if row.id.startswith(OURS) else "cli",
        description=row.description,
        directory="",
        model=None,
        created_at=moment(row.created_at),
        used_at=moment(row.last_used_at),
    )


def decided(row: FormerApproval, redact: Callable[[str], str]) -> Approval:
    """The decision."""
    return Approval(
        id=row.id,
        ts=moment(row.ts),
        principal=LOCAL.principal,
        status="approved" if row.status == "approved" else "denied",
        policy=row.policy,
        cli=row.cli,
        operation=row.operation,
        score=row.score,
        reasons=row.reasons,
        prompt_preview=redact(row.prompt_preview),
        prompt_sha256=row.prompt_sha256,
        requested_mcp_servers=row.requested_mcp_servers,
        bypass_requested=row.bypass_requested,
        full_auto=row.full_auto,
    )


def moment(text: str | float) -> float:
    """ISO 8601, or JavaScript's milliseconds, as Unix seconds; without a zone it is UTC. ValueError: it is neither."""
    if not isinstance(text, str):
        return text / 1000
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
