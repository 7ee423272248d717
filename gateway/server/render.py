"""Our words to the words on the wire, which are those that users of version 1.7.0 know."""

from typing import Any, cast

import msgspec
from msgspec import Struct

from gateway.domain.approvals import Approval
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES, Ending
from gateway.errors import Denied, GatewayError, InvalidRequest, NotFound, ProviderUnavailable
from gateway.rules.caching import CacheWarning
from gateway.rules.instants import iso
from gateway.service.pages import PAGE
from gateway.service.reply import Reply
from gateway.service.ticket import Ticket
from gateway.service.wording import cut

Result = dict[str, Any]


class Wire(Struct, frozen=True):
    """What an ending is called on the wire. ``exit_code`` None: the CLI's own."""

    status: str
    category: str | None
    exit_code: int | None = None


_FAILED = Wire("failed", "cli_error")
WIRE: dict[Ending, Wire] = {
    "ok": Wire("completed", None, 0),
    "empty": _FAILED,
    "refused": _FAILED,
    "truncated": _FAILED,
    "timeout": Wire("failed", "timeout", 124),
    "idle": Wire("failed", "idle_timeout", 125),
    "overflow": Wire("failed", "cli_error", 126),
    "cancelled": Wire("canceled", "canceled"),
    "lost": Wire("orphaned", "cli_error"),
    "auth_required": _FAILED,
    "quota_exhausted": _FAILED,
    "permission_denied": _FAILED,
    "input_invalid": _FAILED,
    "input_too_large": _FAILED,
    "model_unknown": _FAILED,
    "session_unknown": _FAILED,
    "cli_missing": Wire("failed", "spawn_error", 127),
    "cli_incompatible": _FAILED,
    "provider_error": _FAILED,
}
"""The one table from endings to the wire. The ending itself travels beside its old words."""


def text_result(text: str, structured: Result | None = None, *, error: bool = False) -> Result:
    result: Result = {"content": [{"type": "text", "text": text}], "isError": error, "resultType": "complete"}
    if structured is not None:
        result["structuredContent"] = structured
    return result


def json_result(body: Result, *, error: bool = False, long: tuple[str, ...] = ()) -> Result:
    """A body as pretty JSON text and as structured content; long texts are told once, in the text."""
    text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    structured = {name: _without(value, long) for name, value in body.items()}
    return text_result(text, structured, error=error)


def _without(value: Any, names: tuple[str, ...]) -> Any:
    return (
        {key: item for key, item in value.items() if key not in names} if isinstance(value, dict) else value
    )


def reply_result(reply: Reply, *, durable: bool = True) -> Result:
    """A request that has ended: an answer, or an error a model can act on."""
    facts = _facts(reply)
    if not reply.ok:
        return text_result(_failure(reply), facts, error=True)
    rest = _rest(reply, durable=durable)
    return text_result(reply.text + _cut_note(reply, rest) + _integrity_note(reply), facts | rest)


def _rest(reply: Reply, *, durable: bool) -> Result:
    """How to fetch what a long text leaves out; without jobs to come back for, by the one tool that is still there."""
    rest = reply.rest
    if rest is None:
        return {}
    if not durable:
        cursor = "head" if rest.raw else rest.cursor  # that tool pages the answer, not what was printed
        return {"truncated": True, "nextCursor": cursor, "fetchWith": "job_result"}
    raw = {"raw": True} if rest.raw else {}
    return {"truncated": True, "nextCursor": rest.cursor, "fetchWith": "llm_job_result", **raw}


def _cut_note(reply: Reply, rest: Result) -> str:
    """The same for people; a program that reads the text finds it among the facts."""
    if not rest or not reply.plain:
        return ""
    at = f"jobId {reply.job.id}, cursor {rest['nextCursor']}"
    return f"\n\n[cut here: fetch the rest with {rest['fetchWith']}, {at}]"


def _integrity_note(reply: Reply) -> str:
    """What would have blinded a reviewer, for people; never mixed into what a program reads."""
    integrity = reply.integrity
    if not reply.plain or integrity is None or not integrity.violations:
        return ""
    lines = [f"- [{violation.type}] {violation.detail}" for violation in integrity.violations]
    return "\n".join(("\n\n⚠️ Review Integrity Warnings (score: " + f"{integrity.total_score}):", *lines))


def _facts(reply: Reply) -> Result:
    job, flight, outcome = reply.job, reply.flight, reply.outcome
    wire = WIRE[outcome.ending]
    facts = {
        "model": outcome.model or flight.model_asked or "default",
        "cli": job.provider,
        "cliVersion": flight.cli_version,
        "correlationId": flight.correlation_id,
        "sessionId": outcome.session_id,
        "resumable": outcome.session_id is not None,
        "durationMs": flight.duration_ms,
        "inputTokens": flight.input_tokens,
        "outputTokens": flight.output_tokens,
        "cacheReadTokens": flight.cache_read_tokens,
        "cacheCreationTokens": flight.cache_write_tokens,
        "reasoningTokens": flight.reasoning_tokens,
        "costUsd": flight.cost_usd,
        "costSource": flight.cost_source,
        "exitCode": outcome.exit.returncode if wire.exit_code is None else wire.exit_code,
        "retryCount": flight.retries,
        "ending": outcome.ending,
        "stopReason": outcome.stop_reason,
        "jobId": job.id,
        "workingDir": job.directory,
        "mcpServers": reply.mcp_servers,
        "approval": reply.approval and approval_told(reply.approval),
        "reviewIntegrity": msgspec.to_builtins(reply.integrity)
        if reply.integrity and reply.integrity.violations
        else None,
        "optimization": reply.saved,
        "errorCategory": wire.category,
        "deduped": bool(flight.deduped) or None,
        "warnings": _warnings(reply.warnings, reply.expiring),
    }
    optional = {name for name in facts if name not in ("sessionId", "exitCode")}
    return {
        name: value for name, value in facts.items() if name not in optional or value not in (None, [], {})
    }


def approval_told(approval: Approval) -> Result:
    """A decision as the tools tell it."""
    told: Result = msgspec.to_builtins(approval)
    del told["principal"]
    return told | {"ts": iso(approval.ts)}


def denied_result(error: Denied) -> Result:
    """A request that the managed approval denied."""
    approval = cast(Approval, error.approval)
    body = {"success": False, "error": str(error), "approval": approval_told(approval)}
    return json_result(body | {"mcpServers": {"requested": list(approval.requested_mcp_servers)}}, error=True)


def _failure(reply: Reply) -> str:
    outcome = reply.outcome
    returncode = outcome.exit.returncode
    tail = {
        "timeout": ": Command timed out",
        "idle": ": Process killed due to inactivity",
        "cancelled": ": Cancelled",
    }.get(outcome.ending, "" if returncode in (0, None) else f" (exit code {returncode})")
    lines = [f"Error executing {reply.job.provider} CLI{tail}:"]
    lines += [part for part in (outcome.error, reply.remedy) if part]
    if outcome.text.strip():
        lines.append(f"What it had written:\n{cut(outcome, PAGE).text}")
    if outcome.session_id:
        lines.append(f"Session: {outcome.session_id}. Job: {reply.job.id}.")
    return "\n".join(lines)


def error_result(error: GatewayError, *, cli: str | None = None, correlation_id: str | None = None) -> Result:
    """A request that was not begun, or that cannot be answered."""
    hint = f"\n{error.hint}" if error.hint else ""
    head = f"Error executing {cli} CLI:\n" if cli else ""
    category = "spawn_error" if isinstance(error, ProviderUnavailable) else "cli_error"
    if isinstance(error, InvalidRequest):
        category = "not_found" if isinstance(error, NotFound) else "validation_error"
    structured: Result = {
        "ending": error.code,
        "errorCategory": category,
        "exitCode": WIRE[_ending(error)].exit_code,
    }
    if cli is not None:
        structured |= {"cli": cli, "correlationId": correlation_id}
    return text_result(f"{head}{error}{hint}", structured, error=True)


def _ending(error: GatewayError) -> Ending:
    return cast(Ending, error.code)


def snapshot(job: Job, note: str | None = None, position: int | None = None) -> Result:
    """A job as the job tools tell it."""
    wire = WIRE[job.ending] if job.ending else None
    told: Result = {
        "id": job.id,
        "cli": job.provider,
        "status": wire.status if wire else job.status,
        "startedAt": iso(job.started_at or job.created_at),
        "finishedAt": iso(job.finished_at),
        "exitCode": job.returncode if wire is None or wire.exit_code is None else wire.exit_code,
        "correlationId": job.correlation_id,
        "outputTruncated": job.ending == "overflow",
        "stdoutBytes": job.stdout_bytes,
        "stderrBytes": job.stderr_bytes,
        "error": job.error,
        "exited": job.status == "ended",
        "ending": job.ending,
        "sessionId": job.session_id,
        "workingDir": job.directory,
    }
    if position is not None:
        told["queuePosition"] = position
    if note is not None:
        told["progress"] = note
    if job.ending and REMEDIES[job.ending]:
        told["remedy"] = REMEDIES[job.ending]
    return told


def deferred(ticket: Ticket, deadline: float | None) -> Result:
    """The answer to a sync request that goes on as a job."""
    milliseconds = round((deadline or 0) * 1000)
    return json_result(
        {
            "status": "deferred",
            "jobId": ticket.job.id,
            "cli": ticket.job.provider,
            "correlationId": ticket.flight.correlation_id,
            "message": f"Execution exceeded sync deadline ({milliseconds}ms). Poll with llm_job_status, fetch with "
            "llm_job_result.",
            "sessionId": ticket.resume_id,
            "pollWith": "llm_job_status",
            "fetchWith": "llm_job_result",
            "cancelWith": "llm_job_cancel",
            "mcpServers": ticket.mcp_servers,
            "warnings": _warnings(ticket.warnings, ticket.prepared.expiring),
        }
    )


def _warnings(messages: tuple[str, ...], expiring: CacheWarning | None) -> list[Result]:
    """Warnings as the tools tell them: the one of the cache has a code of its own."""
    told: list[Result] = [{"code": "warning", "message": message} for message in messages]
    return told if expiring is None else [*told, msgspec.to_builtins(expiring)]


def begun(ticket: Ticket) -> Result:
    """The answer to an ``_async`` request."""
    body: Result = {
        "success": True,
        "job": snapshot(ticket.job),
        "sessionId": ticket.resume_id,
        "resumable": ticket.resume_id is not None,
        "approval": ticket.prepared.approval and approval_told(ticket.prepared.approval),
        "mcpServers": ticket.mcp_servers,
    }
    if ticket.flight.deduped:
        body |= {"deduped": True, "correlationId": ticket.flight.correlation_id}
    warnings = _warnings(ticket.warnings, ticket.prepared.expiring)
    if warnings:
        body["warnings"] = warnings
    return json_result(body)
