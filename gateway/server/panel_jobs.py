"""The tools around a panel that ask nobody: the jobs of its seats, and answers laid side by side."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import given
from gateway.errors import InvalidRequest, NotFound
from gateway.rules.arguments import accept
from gateway.rules.report import result
from gateway.rules.verdicts import position, stated
from gateway.server.render import json_result, snapshot
from gateway.server.spec import Answer, Call, Result, ToolSpec, plain
from gateway.service.opinions import opinion_of_job

Text = Annotated[str, Meta(min_length=1)]
CHECKS = ["agreement", "contradictions", "missing evidence", "actionable recommendation"]
ASIDE = "Nobody was asked. Only what the answers say below a heading Verdict was compared; the rest is yours to check."


class CompareAnswers(Struct, frozen=True, kw_only=True):
    """Lay answers side by side. Asks nobody."""

    question: Text
    answers: Annotated[tuple[Text, ...], Meta(min_length=2)]


class JobStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the job of a panel's seat is doing; for other jobs llm_job_status."""

    job_id: Text


class JobResult(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the job of a panel's seat answered; with provider also as a result of a report."""

    job_id: Text
    provider: Text | UnsetType = UNSET
    cursor: Text | UnsetType = UNSET
    max_chars: Annotated[int, Meta(ge=1_000, le=2_000_000)] = 200_000


async def _compare(call: Call) -> Result:
    asked, _ = accept(call.arguments, CompareAnswers)
    verdicts = [stated(answer) for answer in asked.answers]
    comparison = {
        "question": asked.question,
        "answerCount": len(asked.answers),
        "checks": CHECKS,
        "status": "local_summary_only",
        "note": ASIDE,
        "stated": verdicts,
        "distinct": len({position(each, ()) for each in verdicts if each is not None}),
    }
    return json_result(
        {"success": True, "tool": "compare_answers", "readMostly": True, "comparison": comparison}
    )


async def _status(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobStatus)
    job = await call.gateway.job(asked.job_id, call.caller)
    return json_result({"success": True, "job": snapshot(job, call.gateway.note(job))})


async def _result(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobResult)
    gateway = call.gateway
    job = await gateway.job(asked.job_id, call.caller)
    if given(asked.provider) and asked.provider != job.provider:
        raise InvalidRequest(
            f"provider: this is a job of {job.provider}.", hint="Correct it, or leave it out."
        )
    cursor = str(asked.cursor) if given(asked.cursor) else None
    _, page = await gateway.result(job.id, cursor, asked.max_chars, raw=False, caller=call.caller)
    told = snapshot(job) | {
        "stdout": page.text,
        "stderr": gateway.outputs.stderr(job),
        "stdoutTruncated": page.next_cursor is not None,
        "nextCursor": page.next_cursor,
        "encoding": page.encoding,
    }
    normalized = result(await opinion_of_job(gateway, job.id, call.caller)) if given(asked.provider) else None
    body = {"success": True, "result": told, "normalized": normalized}
    return json_result(body, long=("stdout", "stderr"))


def _of_a_job(answer: Answer) -> Answer:
    """A job that is not there, or not the caller's, is told as 1.7.0 did: as an answer, not as an error."""

    async def answered(call: Call) -> Result:
        try:
            return await answer(call)
        except NotFound as error:
            return json_result({"success": False, "error": str(error), "jobId": call.arguments.get("jobId")})

    return answered


def panel_jobs() -> list[ToolSpec]:
    """Compare, follow, fetch."""
    safe = {"read_only": True, "idempotent": True}
    return [
        plain("compare_answers", "Compare answers", CompareAnswers, _compare, **safe),
        plain("job_status", "Seat status", JobStatus, _of_a_job(_status), **safe),
        plain("job_result", "Seat result", JobResult, _of_a_job(_result), **safe),
    ]
