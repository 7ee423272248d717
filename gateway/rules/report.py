"""The report of a panel, in the shape that users of version 1.7.0 know (``validation-report.v1``)."""

from collections.abc import Sequence

from gateway.domain.panels import Body, Opinion, Panel
from gateway.rules.instants import iso
from gateway.rules.verdicts import (
    RECOMMENDATION,
    agreed,
    hindrance,
    positions,
    risks,
    section,
)

SCHEMA = "validation-report.v1"
RATIONALE = 1_800
"""Characters of an answer that a report holds."""

_STATUS = {None: "running", "ok": "completed", "cancelled": "canceled", "lost": "orphaned"}
_MISSING = {
    "running": "has not answered yet",
    "abstained": "abstained",
    "empty": "said nothing",
    "failed": "failed",
    "timed_out": "ran out of time",
}


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
        "originalRequest": panel.request,
        "modelList": [opinion.provider for opinion in seats],
    }
    told: Body = {
        "perModelOutputs": [_output(opinion) for opinion in seats],
        "disagreements": _disagreements(seats),
        "finalRecommendation": _recommendation(seats, judge),
        "confidence": _confidence(seats),
        "limitations": _limitations(seats),
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
        "rationale": _excerpt(text.strip()) or opinion.error,
        "risks": named or ([_excerpt(opinion.error, 300)] if opinion.error else []),
        "rawJobReference": reference or None,
        "error": opinion.error,
    }


def _status(opinion: Opinion) -> str:
    if opinion.job_id is None and opinion.ending is not None:
        return "skipped"
    return _STATUS.get(opinion.ending, "failed")


def _excerpt(text: str, most: int = RATIONALE) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


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
        "text": judge.output,
    }


def _disagreements(seats: Sequence[Opinion]) -> Body:
    held = positions(seats)
    words = [{"provider": seat.provider, "stated": seat.stated} for holders in held.values() for seat in holders]
    missing = [seat for seat in seats if seat.verdict != "answered"]
    vague = [seat for seat in seats if seat.verdict == "answered" and seat.position is None]
    signals = [f'{each["provider"]} says "{each["stated"]}"' for each in words] if len(held) > 1 else []
    signals += [f"{seat.provider} {_MISSING[seat.verdict]}" for seat in missing]
    if len(seats) > 1:
        signals += [f"{seat.provider} answered but stated no verdict" for seat in vague]
    return {
        "hasMaterialDisagreement": bool(signals),
        "summary": _summary(seats, len(held), bool(signals)),
        "signals": signals,
        "positions": words,
    }


def _summary(seats: Sequence[Opinion], held: int, material: bool) -> str:
    if not seats:
        return "There were no seats to compare."
    if held > 1:
        return f"The seats state {held} different verdicts."
    if material:
        return "Not every seat has stated a verdict; who says nothing agrees with nobody."
    found = agreed(seats)
    return f'All {len(seats)} seats state the same verdict: "{found}".' if found else "There was one answer alone."


def _recommendation(seats: Sequence[Opinion], judge: Opinion | None) -> str:
    advice = section(judge.output or "", RECOMMENDATION) if judge is not None else ""
    if advice:
        return _excerpt(advice)
    if any(seat.verdict == "running" for seat in seats):
        return "Wait for the seats that still run: call collect_validation."
    if not any(seat.verdict == "answered" for seat in seats):
        return "Nothing to go by: see why each seat gave no answer, and ask again."
    if agreed(seats):
        return "The seats agree. Check their reasons and risks before acting."
    if len(seats) == 1:
        return "One opinion: check its reasons, or ask a second provider."
    return "There is no agreement. Read the words of each seat and decide on their reasons."


def _confidence(seats: Sequence[Opinion]) -> str:
    answered = sum(seat.verdict == "answered" for seat in seats)
    if not answered:
        return "none"
    if answered == len(seats) == 1:
        return "medium"
    return "high" if agreed(seats) else "low"


def _limitations(seats: Sequence[Opinion]) -> list[str]:
    told = ["The seats only looked; nothing they say was tried out."]
    if any(len(seat.output or "") > RATIONALE for seat in seats):
        told.append("Long answers are cut here; job_result has all of them.")
    missing = [f"{seat.provider} {_MISSING[seat.verdict]}" for seat in seats if seat.verdict != "answered"]
    return [*told, f"Not heard: {', '.join(missing)}."] if missing else told


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
    disagreements = told["disagreements"]
    lines += ["", f"Disagreement: {disagreements['summary']}"]
    lines += [f"- {signal}" for signal in disagreements["signals"]]
    if text := told["synthesis"].get("text"):
        lines += [f"Judge ({told['synthesis']['judgeModel']}):", *(f"  {line}" for line in text.splitlines())]
    lines += [f"Recommendation: {told['finalRecommendation']}", f"Confidence: {told['confidence']}"]
    return "\n".join([*lines, "", "Limitations:", *(f"- {each}" for each in told["limitations"])])
