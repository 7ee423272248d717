"""The tools for jobs."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.jobs import Job
from gateway.errors import NotFound
from gateway.rules.arguments import accept
from gateway.server.discretion import discreet
from gateway.server.render import json_result, snapshot
from gateway.server.spec import Answer, Call, Result, ToolSpec, plain
from gateway.service.gateway import Gateway
from gateway.service.health import measure, persistence
from gateway.service.patience import patience

MOST_MEASURED = 500


class JobStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a job is doing, or how it ended."""

    job_id: str


class JobResult(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job's answer, page by page. Works while it runs too, then with the CLI's raw output."""

    job_id: str
    cursor: (
        Annotated[str, Meta(description='nextCursor of the page before, "head" or "tail"')] | UnsetType
    ) = UNSET
    max_chars: Annotated[int, Meta(ge=1000, le=2_000_000)] = 200_000
    raw: Annotated[bool, Meta(description="What the CLI printed, instead of the answer")] = False


class JobCancel(Struct, frozen=True, kw_only=True, rename="camel"):
    """Stop a running job and everything it has started."""

    job_id: str


class JobWatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """Wait until a job ends, at most maxWaitMs, with progress notifications. Saves polling."""

    job_id: str
    max_wait_ms: Annotated[int, Meta(ge=0, le=600_000)] = 30_000


class JobList(Struct, frozen=True, kw_only=True, rename="camel"):
    """Your newest jobs, those from before a restart too."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 20
    running: Annotated[bool, Meta(description="Only those that have not ended")] = False


class ProcessHealth(Struct, frozen=True, kw_only=True):
    """What runs now: processor, memory, state and last output of each job."""


def _snapshot(gateway: Gateway, job: Job) -> Result:
    return snapshot(job, gateway.note(job), gateway.runner.admission.position(job.id))


async def _status(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobStatus)
    job = await call.gateway.job(asked.job_id, call.caller)
    return json_result({"success": True, "job": _snapshot(call.gateway, job)})


async def _result(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobResult)
    gateway = call.gateway
    cursor = asked.cursor if isinstance(asked.cursor, str) else None
    job, page = await gateway.result(asked.job_id, cursor, asked.max_chars, raw=asked.raw, caller=call.caller)
    stderr = gateway.outputs.stderr(job)
    result = _snapshot(gateway, job) | {
        "stdout": page.text,
        "stderr": stderr,
        "stdoutTruncated": page.next_cursor is not None,
        "stderrTruncated": len(stderr.encode()) < job.stderr_bytes,
        "nextCursor": page.next_cursor,
        "totalBytes": page.total_bytes,
        "raw": asked.raw or job.status != "ended",
        "encoding": page.encoding,
    }
    return json_result({"success": True, "result": result}, long=("stdout", "stderr"))


async def _cancel(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobCancel)
    job = await call.gateway.job(asked.job_id, call.caller)
    if job.status == "ended":
        reason = f"Job is already {snapshot(job)['status']}"
        return json_result({"success": False, "jobId": job.id, "reason": reason}, error=True)
    if not await call.gateway.cancel(job.id):
        reason = "Another caller still waits for this job, or it is being stopped already"
        return json_result({"success": False, "jobId": job.id, "reason": reason}, error=True)
    return json_result({"success": True, "jobId": job.id})


async def _watch(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobWatch)
    limit = patience(call.gateway.config, call.gateway.plugins, call.client)
    most = min(asked.max_wait_ms / 1000, limit or asked.max_wait_ms / 1000)
    job = await call.gateway.watch(asked.job_id, call.notify, most, call.caller)
    return json_result({"success": True, "job": _snapshot(call.gateway, job), "ended": job.status == "ended"})


async def _list(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobList)
    found = await call.gateway.jobs(asked.limit, running=asked.running, caller=call.caller)
    return json_result({"success": True, "jobs": [_snapshot(call.gateway, job) for job in found]})


async def health_of(call: Call) -> Result:
    """The running jobs of a caller and their processes."""
    found = await call.gateway.jobs(MOST_MEASURED, running=True, caller=call.caller)
    health = await measure(found, call.gateway.outputs)
    return {
        "runningJobs": len(health),
        "deadJobs": sum(each.is_dead for each in health),
        "zombieJobs": sum(each.is_zombie for each in health),
        "jobs": msgspec.to_builtins(health),
    }


async def _health(call: Call) -> Result:
    kept = discreet(persistence(call.gateway.config, call.gateway.environ), call.caller)
    return json_result({"success": True, **await health_of(call), "persistence": kept})


def _of_a_job(answer: Answer) -> Answer:
    """A job that is not there, or not the caller's, is told in the words of the job tools."""

    async def answered(call: Call) -> Result:
        try:
            return await answer(call)
        except NotFound as error:
            body = {"success": False, "error": str(error), "jobId": call.arguments.get("jobId")}
            return json_result(body, error=True)

    return answered


def job_tools() -> list[ToolSpec]:
    """Follow, fetch, stop."""
    safe = {"read_only": True, "idempotent": True, "durable": True}
    return [
        plain("llm_job_status", "Job status", JobStatus, _of_a_job(_status), **safe),
        plain("llm_job_result", "Job result", JobResult, _of_a_job(_result), **safe),
        plain(
            "llm_job_cancel",
            "Cancel a job",
            JobCancel,
            _of_a_job(_cancel),
            destructive=True,
            idempotent=True,
            durable=True,
        ),
        plain("llm_job_watch", "Watch a job", JobWatch, _of_a_job(_watch), **safe),
        plain("llm_job_list", "List jobs", JobList, _list, **safe),
        plain(
            "llm_process_health", "Process health", ProcessHealth, _health, read_only=True, idempotent=True
        ),
    ]
