"""How long a cached prefix lives, what it takes, what it saves, where it ends."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.outcome import Usage
from gateway.domain.provider import CachePolicy, Price
from gateway.rules.caching import (
    CacheWarning,
    cacheable,
    departure,
    departure_warning,
    expiring,
    saving,
    ttl_left,
)

POLICY = CachePolicy(ttl=300, min_tokens={"*large*": 4096, "*": 1024})
PRICES = (
    Price(models="large-*", input_usd=10, output_usd=50, cache_read_usd=1),
    Price(models="large*", input_usd=4, output_usd=8),
)
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("last_used", "now", "left"),
    [
        (1000.0, 1000.0, 300_000),
        (1000.0, 1270.5, 29_500),
        (1000.0, 1300.0, 0),
        (1000.0, 9999.0, 0),
        (1000.0, 900.0, 300_000),
    ],
    ids=["just used", "soon", "over", "long over", "a clock that was set back"],
)
def test_what_was_cached_lives_for_a_while_after_its_last_use(
    last_used: float, now: float, left: int
) -> None:
    assert ttl_left(POLICY, last_used, now) == left


@pytest.mark.parametrize(("policy", "last_used"), [(None, 1000.0), (POLICY, None), (None, None)])
def test_how_long_is_unknown_where_policy_or_use_is(policy: CachePolicy | None, last_used) -> None:
    assert ttl_left(policy, last_used, 1000.0) is None


@pytest.mark.parametrize(
    ("model", "tokens", "expected"),
    [
        ("large-1", 4095, False),
        ("large-1", 4096, True),
        ("small", 1024, True),
        ("small", 1023, False),
        (None, 1024, True),
    ],
)
def test_a_prefix_must_be_large_enough_for_the_model(model: str | None, tokens: int, expected: bool) -> None:
    assert cacheable(POLICY, model, tokens) is expected


@pytest.mark.parametrize(
    ("policy", "model", "tokens"),
    [
        (None, "large-1", 9999),
        (POLICY, "large-1", None),
        (CachePolicy(ttl=300), "large-1", 9999),
        (CachePolicy(ttl=300, min_tokens={"large": 1}), "small", 9999),
    ],
)
def test_whether_a_prefix_is_large_enough_may_be_unknown(policy, model, tokens) -> None:
    assert cacheable(policy, model, tokens) is None


@pytest.mark.parametrize(
    ("model", "reads", "usd"),
    [("large-1", MILLION, 9.0), ("large-1", 0, 0.0), ("odd", 0, 0.0), (None, 0, 0.0)],
)
def test_reading_from_the_cache_saves_the_difference(model: str | None, reads: int, usd: float) -> None:
    assert saving(Usage(cache_read_tokens=reads), model, PRICES) == usd


@pytest.mark.parametrize(
    ("model", "reads"), [("large-1", None), ("large", 5), ("odd", 5), ("", 5), (None, 5), ("LARGE-1", 5)]
)
def test_a_saving_that_nobody_can_know_is_unknown_and_not_zero(model: str | None, reads: int | None) -> None:
    assert saving(Usage(cache_read_tokens=reads), model, PRICES) is None


def test_a_cache_that_is_about_to_expire_is_warned_of() -> None:
    message = (
        "Acme cache breakpoint for session s1 expires in 29999ms (< 30000ms)."
        " Subsequent requests may miss the cache."
    )
    warning = expiring("Acme", "s1", 29_999)
    assert warning == CacheWarning(ttl_remaining_ms=29_999, message=message)
    assert msgspec.to_builtins(warning) == {
        "code": "cache_ttl_expiring_soon",
        "ttlRemainingMs": 29_999,
        "message": message,
    }


@pytest.mark.parametrize("left", [None, 0, 30_000, 300_000])
def test_neither_a_lasting_cache_nor_a_lost_one_is_warned_of(left: int | None) -> None:
    assert expiring("Acme", "s1", left) is None


@pytest.mark.parametrize(
    ("previous", "current", "at"),
    [
        (b"", b"", None),
        (b"", b"abc", None),
        (b"abc", b"abc", None),
        (b"abc", b"abcdef", None),
        (b"abc", b"abX", 2),
        (b"abc", b"Xbc", 0),
        (b"abc", b"ab", 2),
        (b"abc", b"", 0),
        (b"\0\0", b"\0\0\0", None),
        (b"\0\0\0", b"\0\0", 2),
        ("né".encode(), "nè".encode(), 2),
    ],
)
def test_a_prefix_departs_at_its_first_other_byte(previous: bytes, current: bytes, at: int | None) -> None:
    assert departure(previous, current) == at


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_up_to_a_departure_all_is_shared(shared: bytes, one: bytes, other: bytes) -> None:
    previous, current = shared + one, shared + other
    at = departure(previous, current)
    assert current.startswith(previous[:at])
    assert at is None or previous[at : at + 1] != current[at : at + 1]


def test_a_departure_is_told_with_its_byte() -> None:
    assert departure_warning(4096) == (
        "The stable prefix departs from the previous one of this session at byte 4,096:"
        " the cache serves nothing from there on. Put what changes behind what stays."
    )
