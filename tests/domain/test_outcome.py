"""How runs end, in the closed list of endings."""

import pytest

from gateway.domain.outcome import ENDINGS, REMEDIES, Ending, ending_of_status


def test_every_ending_has_a_remedy_and_only_success_needs_none() -> None:
    assert set(REMEDIES) == set(ENDINGS)
    assert [ending for ending in ENDINGS if not REMEDIES[ending]] == ["ok"]


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (400, "input_invalid"),
        (401, "auth_required"),
        (402, "quota_exhausted"),
        (403, "auth_required"),
        (404, "model_unknown"),
        (413, "input_too_large"),
        (429, "quota_exhausted"),
        (500, "provider_error"),
        (529, "provider_error"),
        (200, "provider_error"),
    ],
)
def test_an_http_status_says_what_the_caller_can_do(status: int, ending: Ending) -> None:
    assert ending_of_status(status) == ending
