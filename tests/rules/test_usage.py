"""Running totals to what one run used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.domain.outcome import Usage
from gateway.rules.usage import ZERO, since

counts = st.none() | st.integers(0, 10**9)
usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_tokens=counts,
    cache_write_tokens=counts,
    reasoning_tokens=counts,
)


def test_a_run_used_what_the_total_grew_by() -> None:
    before = Usage(input_tokens=100, output_tokens=10, cost_usd=1.0)
    after = Usage(input_tokens=150, output_tokens=30, cost_usd=1.25)
    assert since(after, before) == Usage(input_tokens=50, output_tokens=20, cost_usd=0.25)


@given(usages)
def test_the_first_run_of_a_session_used_the_whole_total(total: Usage) -> None:
    assert since(total, ZERO) == total


@given(usages)
def test_an_unknown_total_before_makes_the_run_unknown(total: Usage) -> None:
    assert since(total, Usage()) == Usage()


@given(usages, usages)
def test_nothing_unknown_becomes_a_number_and_nothing_is_negative(total: Usage, previous: Usage) -> None:
    spent = since(total, previous)
    for name, value in structs.asdict(spent).items():
        told = getattr(total, name)
        known = None not in (told, getattr(previous, name))
        assert value == told if spent == total else (value is not None) is known
        assert value is None or 0 <= value <= told


@pytest.mark.parametrize(
    "total",
    [
        Usage(input_tokens=7),
        Usage(input_tokens=7, output_tokens=30),
        Usage(input_tokens=7, output_tokens=30, reasoning_tokens=2),
        Usage(input_tokens=120, output_tokens=3, cost_usd=0.5),
    ],
)
def test_a_total_of_which_anything_went_down_was_started_anew(total: Usage) -> None:
    assert since(total, Usage(input_tokens=100, output_tokens=10, cost_usd=0.4)) == total
