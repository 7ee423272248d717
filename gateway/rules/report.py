"""The report of a panel, in the shape that users of version 1.7.0 know (``validation-report.v1``)."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.panels import Body, Opinion, Panel
from gateway.rules.conclusions import (
    QUOTED,
    RATIONALE,
    confidence,
    disagreements,
    limitations,
    recommendation,
)
from gateway.rules.instants import iso
from gateway.rules.verdicts import excerpt, hindrance, risks

SCHEMA = "validation-report.v1"
_STATUS = {None: "running", "ok": "completed", "cancelled": "canceled", "lost": "orphaned"}


def run_report(panel: Panel, opinions: Sequence[Opinion]) -> Body:
    """What is known of a panel now. It can be asked for as often as one likes."""
    seats = [opinion for opinion in opinions if opinion.role == "seat"]
    judge = next((opinion for opinion in opinions if opinion.role == "judge"), None)
    synthesis = _synthesis(panel, seats, judge)
    status = _overall(opinions, synthesis)
    head: Body = {
        "validationId": panel.id,
        "status": status,
        "startedAt": iso(panel.created_at),
        "intent": panel.intent,
        "originalRequest": {name: _quoted(value) for name, value in panel.request.items()},
        "modelList": [opinion.provider for opinion in seats],
    }
    told: Body = {
        "perModelOutputs": [_output(opinion) for opinion in seats],
        "disagreements": disagreements(seats),
        "finalRecommendation": recommendation(seats, judge),
        "confidence": confidence(seats),
        "limitations": limitations(seats),
        "jobIds": [opinion.job_id for opinion in opinions if opinion.job_id],
        "synthesis": synthesis,
    }
    return {
        "success": any(opinion.verdict in ("running", "answered", "abstained") for opinion in opinions),
        **head,
        "results": [result(opinion) for opinion in seats],
        "synthesis": synthesis,
        "report": {
            "schemaVersion": SCHEMA,
            "humanReadable": _readable(head, told),
            "structuredContent": head | told,
        },
        "next": {
            "tool": "collect_validation",
            "validationId": panel.id,
            "resource": f"validation://receipt/{panel.id}",
            "sealed": panel.receipt is not None,
        },
    }


def result(opinion: Opinion) -> Body:
    """A seat as 1.7.0 told it. ``verdict`` is our word for it, ``stated`` the model's own."""
    text = opinion.output or ""
    reference = opinion.job_id and {
        "jobId": opinion.job_id,
        "correlationId": opinion.correlation_id,
        "statusTool": "job_status",
        "resultTool": "job_result",
    }
    named = risks(text)
    return {
        "provider": opinion.provider,
        "model": opinion.model_used or opinion.model_asked,
        "status": _status(opinion),
        "verdict": opinion.verdict,
        "stated": opinion.stated,
        "rationale": excerpt(text.strip(), RATIONALE) or opinion.error,
        "risks": named or ([excerpt(opinion.error, 300)] if opinion.error else []),
        "rawJobReference": reference or None,
        "error": opinion.error,
    }


def _status(opinion: Opinion) -> str:
    if opinion.job_id is None and opinion.ending is not None:
        return "skipped"
    return _STATUS.get(opinion.ending, "failed")


def _quoted(value: Any) -> Any:
    return excerpt(value, QUOTED) if isinstance(value, str) else value


def _output(opinion: Opinion) -> Body:
    told = result(opinion)
    del told["rawJobReference"]
    return told | {"jobId": opinion.job_id, "correlationId": opinion.correlation_id, "warning": None}


def _overall(opinions: Sequence[Opinion], synthesis: Body) -> str:
    verdicts = [opinion.verdict for opinion in opinions]
    if "running" in verdicts or synthesis["status"] in ("running", "waiting_for_provider_results"):
        return "running"
    if not any(opinion.job_id for opinion in opinions):
        return "not_started"
    spoken = [verdict in ("answered", "abstained") for verdict in verdicts]
    return "completed" if all(spoken) else "partial" if any(spoken) else "failed"


def _synthesis(panel: Panel, seats: Sequence[Opinion], judge: Opinion | None) -> Body:
    if panel.judge is None:
        return {"status": "not_requested"}
    if judge is not None:
        return synthesis_of(judge)
    reason = "" if any(opinion.verdict == "running" for opinion in seats) else hindrance(seats)
    status = "skipped" if reason else "waiting_for_provider_results"
    return {"status": status, "judgeModel": panel.judge, "rawJobReference": None, "note": reason or None}


def synthesis_of(judge: Opinion) -> Body:
    """What the judge made of it."""
    told = result(judge)
    return {
        "status": told["status"],
        "judgeModel": judge.provider,
        "rawJobReference": told["rawJobReference"],
        "note": judge.error,
        "verdict": judge.verdict,
        "text": _quoted(judge.output),
    }


def _readable(head: Body, told: Body) -> str:
    lines = [
        f"Validation report {head['validationId']}",
        f"Status: {head['status']}",
        f"Models: {', '.join(head['modelList']) or 'none'}",
        "",
        "Per-model outputs:",
    ]
    for output in told["perModelOutputs"]:
        job = f" job={output['jobId']}" if output["jobId"] else ""
        lines.append(f"- {output['provider']}: {output['status']} verdict={output['verdict']}{job}")
        lines += [f"  {line}" for line in (output["rationale"] or "").splitlines()]
    found = told["disagreements"]
    lines += ["", f"Disagreement: {found['summary']}"]
    lines += [f"- {signal}" for signal in found["signals"]]
    if text := told["synthesis"].get("text"):
        lines += [f"Judge ({told['synthesis']['judgeModel']}):", *(f"  {line}" for line in text.splitlines())]
    lines += [f"Recommendation: {told['finalRecommendation']}", f"Confidence: {told['confidence']}"]
    return "\n".join([*lines, "", "Limitations:", *(f"- {each}" for each in told["limitations"])])
