"""What may be tried again without being done twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.outcome import ENDINGS, Ending, Exit, Outcome
from gateway.domain.request import replace
from gateway.rules.retry import LONGEST, delay, repeatable, transient

FAILED = Outcome(ending="provider_error", exit=Exit(returncode=1))


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (FAILED, True),
        (replace(FAILED, ending="ok"), False),
        (replace(FAILED, text="begun"), False),
        (replace(FAILED, tools_used=1), False),
        (replace(FAILED, exit=Exit(returncode=-15, reason="timeout")), False),
        (replace(FAILED, exit=Exit(returncode=None, reason="lost")), False),
    ],
)
def test_only_a_failure_that_did_nothing_is_repeatable(outcome: Outcome, again: bool) -> None:
    assert (repeatable(outcome), transient(outcome)) == (again, again)


@pytest.mark.parametrize("ending", ENDINGS)
def test_only_a_failure_of_the_provider_may_pass_by_itself(ending: Ending) -> None:
    assert transient(replace(FAILED, ending=ending)) is (ending == "provider_error")


@given(st.integers(1, 100_000), st.floats(0.01, 10))
def test_the_wait_doubles_and_is_bounded(failures: int, first: float) -> None:
    assert first <= delay(failures, first) <= LONGEST
    assert delay(failures + 1, first) == min(2 * delay(failures, first), LONGEST)
