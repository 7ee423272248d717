"""What a seat has to say, read from how it ended and from the headings of its answer."""

import re
from collections.abc import Sequence

from gateway.domain.outcome import Ending
from gateway.domain.panels import Opinion, Stand
from gateway.rules.progress import shortened

VERDICT, RISKS, RECOMMENDATION = "verdict", "risk", "recommendation"
STATED = 240
RISK = 300
MOST_RISKS = 5

_HEADINGS = (
    "verdict", "rationale", "risk", "suggested next step",
    "summary", "agreement", "disagreement", "recommendation", "confidence", "limitation",
)  # fmt: skip
_HEADING = re.compile(rf"[\s#>*_\-\d.)]*({'|'.join(_HEADINGS)})s?[*_`\s]*(?::[*_`\s]*(.*)|)$", re.IGNORECASE)
"""A heading alone on its line, or with its text behind a colon; Markdown around it and a plural are no part of it."""
_MARKS = re.compile(r"^(?:[\s>*_`#-]|\d+[.)]\s)+|[\s*_`]+$")
_OPENING = re.compile(r"([a-z]+)(?=$|[\s]*[^\w\s'])")
_ABSTAINS = re.compile(
    r"abstain|abstention|no (?:opinion|verdict|judge?ment)\b|(?:cannot|can't|unable to) (?:tell|say|judge)"
)

_STANDS: dict[Ending, Stand] = {
    "ok": "answered",
    "empty": "empty",
    "refused": "abstained",
    "timeout": "timed_out",
    "idle": "timed_out",
}


def stand(ending: Ending | None, text: str) -> Stand:
    """One word for what came of a seat. An answer that is cut, or that a failure cut off, is none."""
    if ending is None:
        return "running"
    found = _STANDS.get(ending, "failed")
    if found != "answered":
        return found
    if not text.strip():
        return "empty"
    return "abstained" if _ABSTAINS.match(_flat(stated(text) or "")) else "answered"


def section(text: str, heading: str) -> str:
    """What an answer says below its first heading of this name."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        found = _HEADING.match(line)
        if found and inside:
            break
        if found and found[1].lower() == heading:
            inside, line = True, found[2] or ""
        if inside:
            lines.append(line)
    return "\n".join(lines).strip()


def stated(text: str) -> str | None:
    """The verdict in the model's own words, on one line; None where it stated none."""
    lines = section(text, VERDICT).splitlines()
    line = _MARKS.sub("", lines[0]) if lines else ""
    return shortened(line, STATED) or None


def position(words: str | None, choice: Sequence[str]) -> str | None:
    """A stated verdict as it is compared: the word of the choice that it begins with, else all of it."""
    if words is None:
        return None
    flat = _flat(words)
    opening = _OPENING.match(flat)
    return opening[1] if opening and opening[1] in choice else flat


def _flat(words: str) -> str:
    return " ".join(_MARKS.sub("", words.casefold()).rstrip(".!").split())


def risks(text: str) -> list[str]:
    """The risks that an answer names, at most a few."""
    lines = (_MARKS.sub("", line) for line in section(text, RISKS).splitlines())
    return [shortened(line, RISK) for line in lines if line][:MOST_RISKS]


def excerpt(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else text[: most - 1] + "…"


def positions(opinions: Sequence[Opinion]) -> dict[str, list[Opinion]]:
    """Who holds which position, of those that answered and stated one."""
    held: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        if opinion.verdict == "answered" and opinion.position is not None:
            held.setdefault(opinion.position, []).append(opinion)
    return held


def agreed(opinions: Sequence[Opinion]) -> str | None:
    """The position of all, where each one answered and stated the same; None: there is no agreement.

    Who abstains, fails or says nothing agrees with nobody.
    """
    held = positions(opinions)
    if len(held) != 1:
        return None
    ((found, holders),) = held.items()
    return found if len(holders) == len(opinions) > 1 else None


def hindrance(opinions: Sequence[Opinion]) -> str:
    """Why a judge has nothing to do once all seats have ended; empty: there is something to judge."""
    if any(opinion.ending == "cancelled" for opinion in opinions):
        return "The panel was cancelled."
    if opinions and not any(opinion.verdict == "answered" for opinion in opinions):
        return "No seat gave an answer."
    return ""
