"""A provider that keeps failing is left alone for a while."""

import pytest

from gateway.rules.breaker import Breaker, admits, failed, state, succeeded, trying, undecided

RESET = 60.0
OPEN = Breaker(3, opened_at=100.0)


def test_failures_open_it_only_when_there_are_too_many_in_a_row() -> None:
    breaker = Breaker()
    for expected in (Breaker(1), Breaker(2), Breaker(3, 100.0)):
        breaker = failed(breaker, 100.0, 3)
        assert breaker == expected
    assert succeeded(failed(Breaker(1), 100.0, 3)) == Breaker()


@pytest.mark.parametrize(
    ("breaker", "now", "expected", "passes"),
    [
        (Breaker(2), 100.0, "closed", True),
        (OPEN, 100.0, "open", False),
        (OPEN, 159.9, "open", False),
        (OPEN, 160.0, "half_open", True),
        (trying(OPEN), 160.0, "half_open", False),
        (trying(Breaker(2)), 160.0, "closed", True),
    ],
)
def test_an_open_one_lets_a_single_request_pass_after_its_time(
    breaker: Breaker, now: float, expected: str, passes: bool
) -> None:
    assert (state(breaker, now, RESET), admits(breaker, now, RESET)) == (expected, passes)


def test_a_trial_that_fails_opens_it_again_and_one_that_says_nothing_does_not() -> None:
    assert failed(trying(OPEN), 160.0, 3) == Breaker(4, opened_at=160.0)
    assert undecided(trying(OPEN)) == OPEN
    assert admits(undecided(trying(OPEN)), 160.0, RESET)
