"""A job in the words of the Tasks extension (SEP-2663)."""

from typing import Literal

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, MISSING_REQUIRED_CLIENT_CAPABILITY

from gateway.config import Config
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES, Ending
from gateway.domain.questions import Question
from gateway.rules.instants import iso
from gateway.server.forms import Body, input_requests
from gateway.service.ticket import Ticket

EXTENSION = "io.modelcontextprotocol/tasks"
POLL = 1000
"""Milliseconds after which asking again is worth while."""
DAY = 86_400_000
Status = Literal["working", "completed", "failed", "cancelled"]
COMPLETED: tuple[Ending, ...] = ("ok", "timeout", "idle", "overflow", "permission_denied")
"""Endings that a run without an exit status may have and be a result all the same."""


def task_begun(ticket: Ticket, config: Config) -> Body:
    """The answer to a tool call that became a task."""
    return {"resultType": "task", **_task(ticket.task_id, ticket.job, config)}


def task_told(
    task_id: str,
    job: Job,
    config: Config,
    *,
    result: Body | None = None,
    asked: tuple[Question, ...] = (),
    note: str | None = None,
) -> Body:
    """A task as it is now: what came of it, what it asks, or what it does; ``note`` tells the latter in words."""
    told = {"resultType": "complete", **_task(task_id, job, config)}
    if result is not None:
        return told | {"result": result}
    if asked:
        told |= {"status": "input_required", "inputRequests": input_requests(asked)}
    if told["status"] == "failed":
        message = " ".join(part for part in (job.error, REMEDIES[job.ending or "lost"]) if part)
        return told | {"error": {"code": INTERNAL_ERROR, "message": message, "data": {"ending": job.ending}}}
    return told | ({"statusMessage": note} if note else {})


def extension_needed(instead: str = "") -> MCPError:
    """What a client is told that would have to declare the extension, and does not; ``instead`` is what it can do."""
    needed: Body = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
    words = f"The client does not declare {EXTENSION}{instead}"
    return MCPError(code=MISSING_REQUIRED_CLIENT_CAPABILITY, message=words, data=needed)


def _task(task_id: str, job: Job, config: Config) -> Body:
    return {
        "taskId": task_id,
        "status": status_of(job),
        "createdAt": iso(job.created_at),
        "lastUpdatedAt": iso(job.finished_at or job.started_at or job.created_at),
        "ttlMs": round(config.persistence.retention_days * DAY),
        "pollIntervalMs": POLL,
    }


def status_of(job: Job) -> Status:
    """A CLI that fails, or is stopped, has been run: that is a result. A run that broke off by itself is none."""
    if job.ending is None:
        return "working"
    if job.ending == "cancelled":
        return "cancelled"
    return "failed" if job.returncode is None and job.ending not in COMPLETED else "completed"
