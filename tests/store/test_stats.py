"""What the flight recorder tells of single flights, of lists of them, of days and providers."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.domain.flights import Flight
from gateway.domain.outcome import ENDINGS
from gateway.errors import InvalidRequest
from gateway.store.stats import SUMS, Daily, Tally, daily, flight, flights_newest, summed, totals

DAY = 86_400.0
MONDAY = 1_700_438_400.0
"""Its first moment in UTC: 2023-11-20."""
NOTHING: dict[str, Any] = dict.fromkeys(SUMS)


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone of this machine."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_flights_are_listed_newest_first(recorder) -> None:
    book = recorder()
    written = [book.fly(started_at=at) for at in (2.0, 3.0, 1.0, 3.0)]
    newest = [written[3], written[1], written[0]]
    assert flights_newest(book.connection, "local", 3) == newest


def test_a_list_leaves_the_bodies_out(recorder) -> None:
    book = recorder()
    written = book.fly(prompt="hi", answer="ho")
    assert flights_newest(book.connection, "local", 9) == [structs.replace(written, prompt=None, answer=None)]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["f4", "f2", "f1", "f0"]),
        ({"provider": "acme"}, ["f4", "f1", "f0"]),
        ({"ending": "ok"}, ["f2", "f0"]),
        ({"ending": "idle", "provider": "other"}, []),
        ({"since": 101.0}, ["f4", "f2", "f1"]),
        ({"provider": "acme", "ending": "ok", "since": 100.0}, ["f0"]),
    ],
    ids=str,
)
def test_a_list_may_be_filtered(recorder, asked: dict[str, Any], ids: list[str]) -> None:
    book = recorder()
    book.fly()
    book.fly(ending="idle")
    book.fly(provider="other")
    book.fly(principal="far")
    book.fly(ending=None)
    assert [each.id for each in flights_newest(book.connection, "local", 9, **asked)] == ids


def test_everybodys_flights_may_be_listed(recorder) -> None:
    book = recorder()
    book.fly(principal="far"), book.fly()
    assert [each.id for each in flights_newest(book.connection, None, 9)] == ["f1", "f0"]


@pytest.mark.parametrize("given_id", ["abc-1", "abc-12", "abc-12345", "x"])
def test_a_flight_is_found_by_its_id_or_by_the_beginning_of_it(recorder, given_id: str) -> None:
    book = recorder()
    written = {name: book.fly(id=name, prompt="hi") for name in ("abc-1", "abc-12345", "x-y")}
    expected = (
        written["abc-1"] if given_id == "abc-1" else written["abc-12345" if given_id[0] == "a" else "x-y"]
    )
    assert flight(book.connection, given_id, "local") == expected


@pytest.mark.parametrize("given_id", ["ABC-1", "bc-1", "abc-1x", "%", "*"])
def test_no_flight_is_found_by_anything_else(recorder, given_id: str) -> None:
    book = recorder()
    book.fly(id="abc-1")
    assert flight(book.connection, given_id, "local") is None


def test_a_beginning_that_several_ids_share_is_refused(recorder) -> None:
    book = recorder()
    for number in range(9):
        book.fly(id=f"abc-{number}")
    with pytest.raises(InvalidRequest, match="'abc' is the beginning of several flight ids") as refused:
        flight(book.connection, "abc", "local")
    assert refused.value.hint == "Say more of it: abc-0, abc-1, abc-2, abc-3, abc-4"


def test_another_principals_flight_is_not_there(recorder) -> None:
    book = recorder()
    theirs = book.fly(id="abc-1", principal="far")
    ours = book.fly(id="abc-2")
    assert flight(book.connection, "abc-1", "local") is None
    assert flight(book.connection, "abc", "local") == ours
    assert flight(book.connection, "abc-1", None) == theirs


@pytest.mark.parametrize("zone", ["UTC0"], indirect=True)
def test_a_day_is_told_by_provider_with_what_is_unknown(recorder, zone) -> None:
    book = recorder()
    used = {"input_tokens": 10, "output_tokens": 2, "cache_read_tokens": 4, "cache_write_tokens": 1}
    book.fly(started_at=MONDAY, **used, cost_usd=0.5)
    book.fly(started_at=MONDAY, ending="idle", input_tokens=7)
    book.fly(started_at=MONDAY, ending=None)
    book.fly(started_at=MONDAY, deduped=1)
    book.fly(started_at=MONDAY, provider="other")
    book.fly(started_at=MONDAY + DAY, **used, cost_usd=0.25)
    sums = NOTHING | used
    assert daily(book.connection, "local", 0.0) == [
        Daily(
            day="2023-11-20",
            provider="acme",
            requests=4,
            ok=2,
            failed=1,
            deduped=1,
            tokens_unknown=2,
            cost_unknown=2,
            **(sums | {"input_tokens": 17, "cost_usd": 0.5}),
        ),
        Daily(
            day="2023-11-20",
            provider="other",
            requests=1,
            ok=1,
            failed=0,
            deduped=0,
            tokens_unknown=1,
            cost_unknown=1,
            **NOTHING,
        ),
        Daily(
            day="2023-11-21",
            provider="acme",
            requests=1,
            ok=1,
            failed=0,
            deduped=0,
            tokens_unknown=0,
            cost_unknown=0,
            **(sums | {"cost_usd": 0.25}),
        ),
    ]


def test_long_times_without_flights_are_leapt_over(recorder) -> None:
    book = recorder()
    for years in (0, 10, 40):
        book.fly(started_at=MONDAY + years * 366 * DAY)
    asked = book.statements(daily, "local", 0.0)
    assert (totals(book.connection, "local", 0.0).requests, len(asked) < 10) == (3, True)


def test_what_has_not_ended_runs(recorder) -> None:
    book = recorder()
    book.fly(), book.fly(ending="lost"), book.fly(ending=None), book.fly(ending=None)
    assert totals(book.connection, "local", 0.0).running == 2


@pytest.mark.parametrize(
    ("zone", "edges"),
    [
        ("EAST-14", (-14, 10, 34)),
        ("WEST+11", (11, 35, 59)),
        ("CET-1CEST,M3.5.0,M11.3.1/3", (-2, 23, 47)),
    ],
    ids=["far east", "far west", "a day of 25 hours"],
    indirect=["zone"],
)
def test_a_day_is_one_of_this_machines_clock(recorder, zone, edges: tuple[int, ...]) -> None:
    book = recorder()
    for edge in edges:
        book.fly(started_at=MONDAY + edge * 3600 - 0.001)
        book.fly(started_at=MONDAY + edge * 3600)
    days = daily(book.connection, "local", 0.0)
    assert [each.requests for each in days] == [1, 2, 2, 1]


@pytest.mark.parametrize(
    ("principal", "since", "provider", "requests"),
    [
        ("local", 0.0, None, 3),
        ("local", 101.0, None, 2),
        ("local", 0.0, "other", 1),
        (None, 0.0, None, 4),
        ("far", 0.0, "other", 0),
        ("local", 999.0, None, 0),
    ],
)
def test_a_tally_may_be_narrowed(recorder, principal, since: float, provider, requests: int) -> None:
    book = recorder()
    book.fly(), book.fly(), book.fly(provider="other"), book.fly(principal="far")
    assert totals(book.connection, principal, since, provider).requests == requests


def test_no_flights_make_an_empty_tally(recorder) -> None:
    nothing = Tally(requests=0, ok=0, failed=0, deduped=0, tokens_unknown=0, cost_unknown=0, **NOTHING)
    assert totals(recorder().connection, "local", 0.0) == summed([]) == nothing


counts = st.none() | st.integers(0, 10**9)
flown = st.fixed_dictionaries(
    {
        "started_at": st.floats(MONDAY, MONDAY + 9 * DAY),
        "provider": st.sampled_from(["acme", "other", "third"]),
        "deduped": st.sampled_from([0, 0, 1]),
        "ending": st.none() | st.sampled_from(ENDINGS),
        "cost_usd": st.none() | st.integers(0, 10**6).map(lambda cents: cents / 1024),
        **dict.fromkeys(SUMS[:4], counts),
    }
)


def _by_hand(flights: list[Flight]) -> Tally:
    runs = [each for each in flights if not each.deduped]
    known = {name: [getattr(run, name) for run in runs if getattr(run, name) is not None] for name in SUMS}
    return Tally(
        requests=len(flights),
        ok=sum(each.ending == "ok" for each in flights),
        failed=sum(each.ending not in ("ok", None) for each in flights),
        deduped=len(flights) - len(runs),
        tokens_unknown=sum(None in (run.input_tokens, run.output_tokens) for run in runs),
        cost_unknown=sum(run.cost_usd is None for run in runs),
        **{name: sum(numbers) if numbers else None for name, numbers in known.items()},
    )


@given(st.lists(flown, max_size=30))
def test_the_sum_of_the_days_is_the_sum_of_the_rows(recorder, rows: list[dict[str, Any]]) -> None:
    book = recorder()
    for row in rows:
        book.fly(**row)
    days = daily(book.connection, None, 0.0)
    assert summed(days) == _by_hand(book.written)
    for name in {row["provider"] for row in rows}:
        own = [each for each in book.written if each.provider == name]
        assert summed([each for each in days if each.provider == name]) == _by_hand(own)


@pytest.mark.parametrize("asked", [{}, {"provider": "acme"}, {"ending": "lost"}, {"since": 5.0}], ids=str)
def test_a_list_is_read_from_an_index_in_its_order(recorder, asked: dict[str, Any]) -> None:
    assert recorder().plan(flights_newest, "local", 20, **asked) == [
        "SEARCH flights USING INDEX flights_by_time (started_at>?)"
    ]


def test_a_flight_is_searched_for(recorder) -> None:
    book = recorder()
    book.fly(id="abc")
    index = "SEARCH flights USING INDEX sqlite_autoindex_flights_1"
    assert book.plan(flight, "a", "local") == [f"{index} (id>? AND id<?)", f"{index} (id=?)"]


def test_tallies_are_read_from_an_index_alone(recorder) -> None:
    book = recorder()
    book.fly()
    plan = [step for step in book.plan(daily, None, 0.0) if "provider=?" in step]
    assert plan == [
        "SEARCH flights USING COVERING INDEX flights_by_provider (provider=? AND started_at>? AND started_at<?)"
    ]
