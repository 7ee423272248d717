"""What a run cost, and when nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.outcome import Usage
from gateway.domain.provider import Price
from gateway.rules.pricing import UNKNOWN, Priced, priced

PRICES = (
    Price(models="large-*", input_usd=10, output_usd=50, cache_read_usd=1, cache_write_usd=12.5),
    Price(models="large*", input_usd=4, output_usd=8),
    Price(models="free", input_usd=0, output_usd=0),
)
MILLION = 1_000_000


def test_what_the_cli_says_stands_over_the_price_list() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION, cost_usd=0.0)
    assert priced(usage, "large-1", PRICES) == Priced(0.0, "reported")


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        ("large-1", Usage(input_tokens=MILLION, output_tokens=MILLION), 60.0),
        ("large", Usage(input_tokens=MILLION, output_tokens=MILLION), 12.0),
        ("large-1", Usage(input_tokens=MILLION, output_tokens=0, cache_read_tokens=MILLION), 1.0),
        ("large-1", Usage(input_tokens=MILLION, output_tokens=0, cache_write_tokens=MILLION), 12.5),
        ("large", Usage(input_tokens=MILLION, output_tokens=0, cache_read_tokens=0), 4.0),
        ("free", Usage(input_tokens=MILLION, output_tokens=MILLION), 0.0),
    ],
)
def test_the_first_price_that_matches_counts(model: str, usage: Usage, usd: float) -> None:
    assert priced(usage, model, PRICES) == Priced(usd, "computed")


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        (None, Usage(input_tokens=1, output_tokens=1)),
        ("", Usage(input_tokens=1, output_tokens=1)),
        ("small", Usage(input_tokens=1, output_tokens=1)),
        ("LARGE-1", Usage(input_tokens=1, output_tokens=1)),
        ("large-1", Usage()),
        ("large-1", Usage(input_tokens=1)),
        ("large-1", Usage(output_tokens=1)),
        ("large", Usage(input_tokens=9, output_tokens=1, cache_read_tokens=1)),
        ("large", Usage(input_tokens=9, output_tokens=1, cache_write_tokens=1)),
    ],
)
def test_what_nobody_can_know_is_unknown_and_not_zero(model: str | None, usage: Usage) -> None:
    assert priced(usage, model, PRICES) == UNKNOWN == Priced(None, "unknown")


counts = st.none() | st.integers(0, 10**7)


@given(
    st.builds(
        Usage, input_tokens=counts, output_tokens=counts, cache_read_tokens=counts, cache_write_tokens=counts
    )
)
def test_no_usage_however_odd_makes_money(usage: Usage) -> None:
    cost = priced(usage, "large-1", PRICES)
    assert (cost.usd is None) is (cost.source == "unknown")
    assert cost.usd is None or cost.usd >= 0
