"""Whether a request that asks for a review leaves the reviewer the tools to review with. Advice, not a gate."""

import re

from msgspec import Struct

CONTEXT = re.compile(
    r"\b(review|audit|analy[sz]e|analysis|inspect|assess|pentest|security|vulnerabilit(?:y|ies)|bugs?|defects?"
    r"|quality|code\s+review)\b",
    re.IGNORECASE,
)
SUPPRESSION = re.compile(
    r"\b(do\s*not|don't|never|without)\b[\s\S]{0,80}\b(tools?|shell|bash|commands?)\b", re.IGNORECASE
)
CRITICAL = frozenset({"read", "grep", "glob", "bash"})
SCORES = {"empty_allowed_tools": 6, "critical_tools_disallowed": 6, "tool_suppression": 4}
LONGEST = 100_000
"""Characters of a prompt that are looked at."""


class Violation(Struct, frozen=True):
    """One thing that would blind the reviewer."""

    type: str
    score: int
    detail: str


class Integrity(Struct, frozen=True, rename="camel"):
    """What was found, in the words of version 1.7.0."""

    is_review_context: bool
    violations: tuple[Violation, ...]
    total_score: int


def examined(prompt: str, *, emptied: frozenset[str], disallowed: tuple[str, ...]) -> Integrity:
    """``emptied`` names the parameters that were given as an empty list, ``disallowed`` the tools kept away."""
    text = prompt[:LONGEST]
    if not CONTEXT.search(text):
        return Integrity(is_review_context=False, violations=(), total_score=0)
    found = []
    if "allowedTools" in emptied:
        found.append(_violation("empty_allowed_tools", "allowedTools is empty: the reviewer may use no tool"))
    kept_away = critical(disallowed)
    if kept_away:
        found.append(_violation("critical_tools_disallowed", f"a reviewer needs {', '.join(kept_away)}"))
    suppressed = SUPPRESSION.search(text)
    if suppressed:
        found.append(_violation("tool_suppression", f"the prompt says: {' '.join(suppressed[0].split())}"))
    return Integrity(
        is_review_context=True, violations=tuple(found), total_score=sum(each.score for each in found)
    )


def critical(disallowed: tuple[str, ...]) -> list[str]:
    """Those of the tools without which nobody can review, by the name before any pattern."""
    return [tool for tool in disallowed if re.split(r"[(:]", tool)[0].strip().lower() in CRITICAL]


def _violation(kind: str, detail: str) -> Violation:
    return Violation(kind, SCORES[kind], detail)
