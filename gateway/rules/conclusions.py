"""What follows from the opinions of a panel taken together. Only an answer counts, and silence agrees with nobody."""

from collections.abc import Sequence

from gateway.domain.panels import Body, Opinion
from gateway.rules.verdicts import RECOMMENDATION, agreed, excerpt, positions, section

RATIONALE = 1_800
"""Characters of an answer that a report holds."""
QUOTED = 4_000
"""Characters of each text of the request, and of what the judge said."""

_MISSING = {
    "running": "has not answered yet",
    "abstained": "abstained",
    "empty": "said nothing",
    "failed": "failed",
    "timed_out": "ran out of time",
}


def disagreements(seats: Sequence[Opinion]) -> Body:
    """Who contradicts whom, in their own words, and who says nothing."""
    held = positions(seats)
    words = [
        {"provider": seat.provider, "stated": seat.stated} for holders in held.values() for seat in holders
    ]
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
    return (
        f'All {len(seats)} seats state the same verdict: "{found}".'
        if found
        else "There was one answer alone."
    )


def recommendation(seats: Sequence[Opinion], judge: Opinion | None) -> str:
    """What to do now: the judge's advice, or what the verdicts allow."""
    advice = section(judge.output or "", RECOMMENDATION) if judge is not None else ""
    if advice:
        return excerpt(advice, QUOTED)
    if any(seat.verdict == "running" for seat in seats):
        return "Wait for the seats that still run: call collect_validation."
    if not any(seat.verdict == "answered" for seat in seats):
        return "Nothing to go by: see why each seat gave no answer, and ask again."
    if agreed(seats):
        return "The seats agree. Check their reasons and risks before acting."
    if len(seats) == 1:
        return "One opinion: check its reasons, or ask a second provider."
    return "There is no agreement. Read the words of each seat and decide on their reasons."


def confidence(seats: Sequence[Opinion]) -> str:
    """How much the verdicts carry together."""
    answered = sum(seat.verdict == "answered" for seat in seats)
    if not answered:
        return "none"
    if answered == len(seats) == 1:
        return "medium"
    return "high" if agreed(seats) else "low"


def limitations(seats: Sequence[Opinion]) -> list[str]:
    """What the report cannot say."""
    told = ["The seats only looked; nothing they say was tried out."]
    if any(len(seat.output or "") > RATIONALE for seat in seats):
        told.append("Long answers are cut here; job_result has all of them.")
    missing = [f"{seat.provider} {_MISSING[seat.verdict]}" for seat in seats if seat.verdict != "answered"]
    return [*told, f"Not heard: {', '.join(missing)}."] if missing else told
