"""What the providers' prompt caches did."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from gateway.domain.provider import CachePolicy, Price, ProviderInfo
from gateway.domain.request import Request
from gateway.store.caches import (
    CliReads,
    GlobalCacheStats,
    ModelCount,
    PrefixCacheStats,
    SessionCacheStats,
    global_cache,
    prefix_cache,
    session_cache,
)

MILLION = 1_000_000
NOW = 400.0
PRICE = Price(models="large*", input_usd=10, output_usd=50, cache_read_usd=1)


def info(name: str, **facts: Any) -> ProviderInfo:
    return ProviderInfo(name=name, title=name, executable=name, request=Request, **facts)


PROVIDERS = {
    "acme": info("acme", prices=(PRICE,), cache=CachePolicy(ttl=300)),
    "other": info("other"),
}
EMPTY: dict[str, Any] = {
    "hit_rate": 0.0,
    "total_cache_read_tokens": 0,
    "total_cache_creation_tokens": 0,
    "estimated_savings_usd": 0.0,
    "savings_unknown_count": 0,
}


@pytest.fixture
def book(recorder):
    """A session of one hit, one miss, a shared run, one that goes on, and somebody else's."""
    book = recorder()
    usual = {"session_id": "s1", "model_used": "large-1", "stable_prefix_hash": "p1"}
    book.fly(**usual, cache_read_tokens=0, cache_write_tokens=500, started_at=100.0)
    book.fly(**usual, cache_read_tokens=MILLION, cache_write_tokens=0, started_at=200.0, mode="async")
    book.fly(**usual, deduped=1, cache_read_tokens=7, started_at=300.0)
    book.fly(**usual, ending=None, started_at=310.0)
    book.fly(**usual, principal="far", cache_read_tokens=7)
    return book


def session(book, session_id: str = "s1", principal: str | None = "local") -> SessionCacheStats:
    return session_cache(book.connection, session_id, principal, now=NOW, providers=PROVIDERS)


def test_a_session_tells_what_its_runs_read(book) -> None:
    assert session(book) == SessionCacheStats(
        session_id="s1",
        cli="acme",
        request_count=2,
        hit_count=1,
        hit_rate=0.5,
        total_cache_read_tokens=MILLION,
        total_cache_creation_tokens=500,
        estimated_savings_usd=9.0,
        savings_unknown_count=0,
        distinct_prefix_count=1,
        last_request_at=datetime(1970, 1, 1, 0, 3, 20, tzinfo=UTC),
        ttl_remaining_ms=103_000,
    )


def test_a_session_without_runs_is_empty(book) -> None:
    assert session(book, "nonesuch") == SessionCacheStats(
        session_id="nonesuch",
        cli=None,
        request_count=0,
        hit_count=0,
        distinct_prefix_count=0,
        last_request_at=None,
        ttl_remaining_ms=None,
        **EMPTY,
    )


def test_a_session_counts_its_prefixes(book) -> None:
    book.fly(session_id="s1", stable_prefix_hash="p2")
    book.fly(session_id="s1")
    assert session(book).distinct_prefix_count == 2


def test_a_sessions_provider_is_that_of_its_newest_run(book) -> None:
    book.fly(session_id="s1", provider="other", started_at=320.0)
    assert (session(book).cli, session(book).ttl_remaining_ms) == ("other", None)


def test_a_run_that_used_no_cache_keeps_none_alive(book) -> None:
    book.fly(session_id="s1", ending="cli_missing", started_at=350.0)
    book.fly(session_id="s1", cache_read_tokens=0, cache_write_tokens=0, started_at=360.0)
    assert session(book).ttl_remaining_ms == 103_000


def test_a_cache_that_nobody_has_told_of_has_no_time_left_that_we_know(recorder) -> None:
    book = recorder()
    book.fly(session_id="s1")
    assert session(book).ttl_remaining_ms is None


@pytest.mark.parametrize(
    ("flown", "savings"),
    [
        ([{"model_used": "odd", "cache_read_tokens": 5}], (None, 1)),
        ([{"model_used": None, "cache_read_tokens": 5}], (None, 1)),
        ([{"model_used": "large"}], (None, 1)),
        ([{"model_used": "odd", "cache_read_tokens": 0}], (0.0, 0)),
        ([{"model_used": "large", "cache_read_tokens": 0}, {"model_used": "large"}], (None, 1)),
        (
            [
                {"model_used": "large", "cache_read_tokens": MILLION},
                {"model_used": "large"},
                {"model_used": "odd", "cache_read_tokens": 5},
                {"model_used": "odd", "cache_read_tokens": 0},
                {"provider": "gone", "model_used": "large", "cache_read_tokens": 5},
            ],
            (9.0, 3),
        ),
    ],
)
def test_a_saving_that_is_unknown_is_not_zero(recorder, flown: list[dict[str, Any]], savings) -> None:
    book = recorder()
    for facts in flown:
        book.fly(session_id="s1", **facts)
    told = session(book)
    assert (told.estimated_savings_usd, told.savings_unknown_count) == savings


def test_a_prefix_tells_who_used_it(book) -> None:
    book.fly(stable_prefix_hash="p1", provider="other", model_used="odd", started_at=50.0)
    assert prefix_cache(book.connection, "p1", "local", providers=PROVIDERS) == PrefixCacheStats(
        stable_prefix_hash="p1",
        request_count=3,
        hit_count=1,
        hit_rate=1 / 3,
        total_cache_read_tokens=MILLION,
        total_cache_creation_tokens=500,
        estimated_savings_usd=9.0,
        savings_unknown_count=1,
        cli_breakdown=[
            ModelCount(cli="acme", model="large-1", count=2),
            ModelCount(cli="other", model="odd", count=1),
        ],
        first_seen_at=datetime(1970, 1, 1, 0, 0, 50, tzinfo=UTC),
        last_seen_at=datetime(1970, 1, 1, 0, 3, 20, tzinfo=UTC),
    )


def test_an_unknown_prefix_is_empty(book) -> None:
    assert prefix_cache(book.connection, "nonesuch", "local", providers=PROVIDERS) == PrefixCacheStats(
        stable_prefix_hash="nonesuch",
        request_count=0,
        hit_count=0,
        cli_breakdown=[],
        first_seen_at=None,
        last_seen_at=None,
        **EMPTY,
    )


def test_everything_is_told_by_provider(book) -> None:
    book.fly(provider="other", cache_read_tokens=3, started_at=300.0)
    told = global_cache(book.connection, "local", NOW - 250.0, now=NOW, providers=PROVIDERS)
    assert told == GlobalCacheStats(
        window_hours=0.069,
        total_requests=2,
        total_hits=2,
        hit_rate=1.0,
        total_cache_read_tokens=MILLION + 3,
        total_cache_creation_tokens=0,
        estimated_savings_usd=9.0,
        savings_unknown_count=1,
        per_cli=[
            CliReads(
                cli="acme",
                request_count=1,
                hit_count=1,
                hit_rate=1.0,
                total_cache_read_tokens=MILLION,
                total_cache_creation_tokens=0,
                estimated_savings_usd=9.0,
                savings_unknown_count=0,
            ),
            CliReads(
                cli="other",
                request_count=1,
                hit_count=1,
                hit_rate=1.0,
                total_cache_read_tokens=3,
                total_cache_creation_tokens=0,
                estimated_savings_usd=None,
                savings_unknown_count=1,
            ),
        ],
    )


def test_everybodys_runs_may_be_told(book) -> None:
    assert session(book, principal=None).request_count == 3


def test_the_names_on_the_wire_are_those_of_version_1_7_0(book) -> None:
    told = msgspec.to_builtins(session(book))
    assert set(told) - {"savingsUnknownCount"} == {
        "sessionId",
        "cli",
        "totalCacheReadTokens",
        "totalCacheCreationTokens",
        "requestCount",
        "hitCount",
        "hitRate",
        "distinctPrefixCount",
        "lastRequestAt",
        "estimatedSavingsUsd",
        "ttlRemainingMs",
    }
    assert told["lastRequestAt"] == "1970-01-01T00:03:20Z"


def test_caches_are_read_from_indexes_alone(book) -> None:
    covering = "SEARCH flights USING COVERING INDEX"
    known = {"now": NOW, "providers": PROVIDERS}
    assert {
        *book.plan(session_cache, "s1", "local", **known),
        *book.plan(prefix_cache, "p1", "local", providers=PROVIDERS),
        *book.plan(global_cache, "local", 0.0, **known),
    } == {
        f"{covering} flights_by_session (session_id=?)",
        f"{covering} flights_by_prefix (stable_prefix_hash=?)",
        "SCAN flights USING COVERING INDEX flights_by_model",
    }
