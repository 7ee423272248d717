"""The managed approval: how risky a request is, and whether a policy lets it pass. It never widens anything."""

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from gateway.domain.approvals import Approval, Risk, Verdict
from gateway.domain.questions import Question, Reply
from gateway.rules.review import LONGEST, Integrity, critical

Policy = Literal["strict", "balanced", "permissive"]
THRESHOLDS: dict[str, int] = {"strict": 2, "balanced": 5, "permissive": 7}
"""The highest score that is approved."""
BY_A_PERSON = "A person was asked and allowed it this once"
"""The reason that stands behind those of the score where a denial was overruled."""
APPROVAL = "approval"
"""The name of the question whether a denial is to be overruled."""
ALLOW = {"type": "boolean", "title": "Let this request pass once", "default": False}
ONCE = "Yes lets this one request pass, as it is; anything else denies it."
OUTWARD = {
    "exa": (2, "Reaches the web through the MCP server exa"),
    "ref_tools": (1, "Fetches documentation through the MCP server ref_tools"),
}
SENSITIVE = re.compile(
    r"\b(delete|destroy|wipe|exfiltrate|credential|token|password|secret)\b", re.IGNORECASE
)


class Asked(Struct, frozen=True, kw_only=True):
    """What the score is made of."""

    prompt: str
    risk: Risk
    full_auto: bool
    servers: tuple[str, ...]
    emptied: frozenset[str]
    disallowed: tuple[str, ...]
    integrity: Integrity


def score(asked: Asked) -> tuple[int, tuple[str, ...]]:
    """The points of a request and the reason for each of them."""
    found = [point for point in _points(asked) if point is not None]
    return sum(points for points, _ in found), tuple(reason for _, reason in found)


def approved(points: int, policy: Policy) -> bool:
    return points <= THRESHOLDS[policy]


def question(title: str, denied: Approval, risk: Risk) -> Question:
    """What a person is asked about a request that the policy denies."""
    most = THRESHOLDS[denied.policy]
    servers = ", ".join(denied.requested_mcp_servers)
    lines = (
        f"A request to {title} scores {denied.score}; the policy {denied.policy} lets at most {most} pass.",
        *(f"- {reason}" for reason in denied.reasons),
        f"It would run with the posture {risk.autonomy}{', with no permission checked' * risk.bypass}.",
        *((f"MCP servers: {servers}.",) if servers else ()),
        ONCE,
    )
    return Question(name=APPROVAL, message="\n".join(lines), fields={"allow": ALLOW})


def questions(title: str, verdicts: Iterable[Verdict]) -> tuple[Question, ...]:
    """What a person is asked on behalf of policies that leave it to them."""
    asking = (verdict for verdict in verdicts if verdict.decision == "ask")
    return tuple(
        Question(
            name=f"policy{number}",
            message=f"A request to {title} needs a person's word: {verdict.reason}\n{ONCE}",
            fields={verdict.field: ALLOW},
        )
        for number, verdict in enumerate(asking, 1)
    )


def allows(asked: Question, reply: Reply | None) -> bool:
    """Whether a person said yes. Silence, a form left empty and a word that only sounds like it are none."""
    if reply is None or reply.action != "accept":
        return False
    return all(reply.values.get(field) is True for field in asked.fields)


def _points(asked: Asked) -> list[tuple[int, str] | None]:
    bypass, review = asked.risk.bypass, asked.integrity.is_review_context
    return [
        (3, "Asks that no permission be checked") if bypass else None,
        (2, "Asks to run without being asked") if asked.full_auto else None,
        (2, "Asks for both at once") if bypass and asked.full_auto else None,
        *(OUTWARD.get(server) for server in asked.servers),
        _emptied(asked, review=review),
        _disallowed(asked, review=review),
        (3, "Its prompt holds sensitive or destructive words")
        if SENSITIVE.search(asked.prompt[:LONGEST])
        else None,
        *(
            (each.score, each.detail)
            for each in asked.integrity.violations
            if each.type == "tool_suppression"
        ),
    ]


def _emptied(asked: Asked, *, review: bool) -> tuple[int, str] | None:
    if "allowedTools" not in asked.emptied:
        return None
    return (
        (6, "allowedTools is empty although a review is asked for") if review else (0, "No tool is asked for")
    )


def _disallowed(asked: Asked, *, review: bool) -> tuple[int, str] | None:
    if not asked.disallowed:
        return None
    kept_away = critical(asked.disallowed)
    if review and kept_away:
        return 6, f"A review is asked for without {', '.join(kept_away)}"
    return 0, "Some tools are kept away"
