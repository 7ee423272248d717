"""How risky a request is, and what a policy says to it."""

import pytest

from gateway.domain.approvals import Risk
from gateway.rules.approval import Asked, approved, score
from gateway.rules.review import examined


def asked(prompt: str = "sum up", **facts: object) -> Asked:
    emptied = facts.pop("emptied", frozenset())
    disallowed = facts.pop("disallowed", ())
    return Asked(
        **{
            "prompt": prompt,
            "risk": Risk(),
            "full_auto": False,
            "servers": (),
            "emptied": emptied,
            "disallowed": disallowed,
            "integrity": examined(prompt, emptied=emptied, disallowed=disallowed),
        }
        | facts
    )


@pytest.mark.parametrize(
    ("request_", "points"),
    [
        (asked(), 0),
        (asked(risk=Risk("full", bypass=True)), 3),
        (asked(full_auto=True), 2),
        (asked(risk=Risk("full", bypass=True), full_auto=True), 7),
        (asked(servers=("exa", "ref_tools", "other")), 3),
        (asked("delete the branch"), 3),
        (asked("review this", emptied=frozenset({"allowedTools"})), 6),
        (asked("sum up", emptied=frozenset({"allowedTools"})), 0),
        (asked("review this", disallowed=("Bash(git *)",)), 6),
        (asked("review this", disallowed=("WebFetch",)), 0),
        (asked("review this but do not use any tools"), 4),
    ],
)
def test_the_score_is_the_sum_of_what_is_risky(request_: Asked, points: int) -> None:
    total, reasons = score(request_)

    assert total == points
    assert bool(reasons) >= bool(points)


@pytest.mark.parametrize(
    ("policy", "passes"),
    [("strict", [0, 1, 2]), ("balanced", [0, 1, 2, 3, 4, 5]), ("permissive", [0, 1, 2, 3, 4, 5, 6, 7])],
)
def test_a_policy_lets_pass_up_to_its_threshold(policy: str, passes: list[int]) -> None:
    assert [points for points in range(10) if approved(points, policy)] == passes
