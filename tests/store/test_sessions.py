"""Conversations, and what one run of them used where the CLI tells running totals."""

from typing import Any

import pytest

from gateway.domain.flights import Flight
from gateway.domain.launch import Resume
from gateway.domain.outcome import Usage
from gateway.domain.sessions import Session
from gateway.store.sessions import get_session

FIRST = Usage(input_tokens=100, output_tokens=10, cost_usd=1.0)
SECOND = Usage(input_tokens=150, output_tokens=30, cost_usd=1.5)
NOTHING = Usage()


def used(flight: Flight) -> Usage:
    return Usage(
        input_tokens=flight.input_tokens, output_tokens=flight.output_tokens, cost_usd=flight.cost_usd
    )


async def test_a_run_leaves_the_session_it_belongs_to(ledger: Any) -> None:
    await ledger.begin("j1")
    await ledger.finish("j1", ledger.outcome(session_id="s1", model="large"))
    assert await ledger.database.read(get_session, "acme", "s1") == Session(
        id="s1", provider="acme", directory="/work", model="large", created_at=100.0, used_at=103.0
    )
    assert await ledger.database.read(get_session, "zeta", "s1") is None


async def test_a_run_without_a_session_leaves_none(ledger: Any) -> None:
    await ledger.begin("j1")
    await ledger.finish("j1", ledger.outcome())
    assert await ledger.rows("select * from sessions") == []


async def test_a_session_that_was_continued_counts_as_used_even_if_the_cli_never_said_so(ledger: Any) -> None:
    await ledger.begin("j1")
    await ledger.finish("j1", ledger.outcome(), Resume("id", "s1"))
    assert (await ledger.database.read(get_session, "acme", "s1")).used_at == 103.0


async def test_silence_about_the_model_takes_nothing_back(ledger: Any) -> None:
    await ledger.begin("j1")
    await ledger.finish(
        "j1", ledger.outcome(session_id="s1", model="large", usage=FIRST, usage_scope="session")
    )
    await ledger.begin("j2", directory="/elsewhere")
    told = ledger.outcome(session_id="s1", usage=FIRST)
    await ledger.finish("j2", told, Resume("id", "s1"), finished_at=200.0)
    assert await ledger.database.read(get_session, "acme", "s1") == Session(
        id="s1",
        provider="acme",
        directory="/work",
        model="large",
        created_at=100.0,
        used_at=200.0,
        total=FIRST,
    )


async def test_the_first_run_of_a_session_used_the_whole_total(ledger: Any) -> None:
    flight = await ledger.flown("j1", FIRST, "s1", Resume("new", "s1"))
    assert (used(flight), flight.cost_source) == (FIRST, "reported")


@pytest.mark.parametrize(
    ("resume", "told"),
    [
        (Resume("id", "s1"), "s1"),
        (Resume("id", "s1"), "s1-renamed"),
        (Resume("latest"), "s1"),
        (Resume("fork", "s1"), "s2"),
    ],
)
async def test_a_run_that_continues_used_what_the_total_grew_by(
    ledger: Any, resume: Resume, told: str
) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume())
    flight = await ledger.flown("j2", SECOND, told, resume)
    assert used(flight) == Usage(input_tokens=50, output_tokens=20, cost_usd=0.5)
    assert (await ledger.database.read(get_session, "acme", told)).total == SECOND


@pytest.mark.parametrize(
    ("resume", "told"),
    [
        (Resume("id", "stranger"), "stranger"),
        (Resume("latest"), "stranger"),
        (Resume("latest"), None),
        (Resume("fork", "stranger"), "s2"),
        (Resume("fork"), "s2"),
        (Resume("id", "untold"), "untold"),
    ],
)
async def test_a_run_after_an_unknown_total_used_nobody_knows_what(
    ledger: Any, resume: Resume, told: str | None
) -> None:
    await ledger.begin("j0")
    await ledger.finish("j0", ledger.outcome(session_id="untold"))
    await ledger.flown("j1", FIRST, "s1", Resume())
    flight = await ledger.flown("j2", SECOND, told, resume)
    assert (used(flight), flight.cost_source) == (NOTHING, "unknown")


@pytest.mark.parametrize("ending", ["ok", "provider_error", "cancelled"])
async def test_what_a_silent_run_used_does_not_fall_to_the_next(ledger: Any, ending: str) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume())
    await ledger.begin("j2")
    await ledger.finish("j2", ledger.outcome(ending=ending), Resume("id", "s1"))
    third = await ledger.flown("j3", SECOND, "s1", Resume("id", "s1"))
    assert used(third) == NOTHING


@pytest.mark.parametrize(
    ("began", "ending", "expected"),
    [
        (True, "provider_error", NOTHING),
        (True, "cancelled", NOTHING),
        (True, "session_unknown", Usage(input_tokens=50, output_tokens=20, cost_usd=0.5)),
        (False, "cancelled", Usage(input_tokens=50, output_tokens=20, cost_usd=0.5)),
    ],
)
async def test_what_the_newest_session_used_unnamed_does_not_fall_to_the_next_run(
    ledger: Any, began: bool, ending: str, expected: Usage
) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume())
    await (ledger.begin if began else ledger.create)("j2")
    await ledger.finish("j2", ledger.outcome(ending=ending), Resume("latest"))
    third = await ledger.flown("j3", SECOND, "s1", Resume("id", "s1"))
    assert used(third) == expected


async def test_a_run_that_never_began_leaves_the_total_known(ledger: Any) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume())
    await ledger.create("j2")
    await ledger.finish("j2", ledger.outcome(ending="cancelled"), Resume("id", "s1"))
    third = await ledger.flown("j3", SECOND, "s1", Resume("id", "s1"))
    assert used(third) == Usage(input_tokens=50, output_tokens=20, cost_usd=0.5)


async def test_the_run_after_an_unknown_one_is_known_again(ledger: Any) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume("id", "s1"))
    flight = await ledger.flown("j2", SECOND, "s1", Resume("id", "s1"))
    assert used(flight) == Usage(input_tokens=50, output_tokens=20, cost_usd=0.5)


async def test_usage_of_the_run_itself_is_taken_as_it_is(ledger: Any) -> None:
    await ledger.flown("j1", FIRST, "s1", Resume())
    await ledger.begin("j2")
    _, (flight,) = await ledger.finish(
        "j2", ledger.outcome(session_id="s1", usage=SECOND), Resume("id", "s1")
    )
    assert used(flight) == SECOND
    assert (await ledger.database.read(get_session, "acme", "s1")).total == FIRST


async def test_sessions_of_two_providers_do_not_mix(ledger: Any) -> None:
    for job_id, provider in (("j1", "acme"), ("j2", "zeta")):
        await ledger.begin(job_id, provider=provider)
        outcome = ledger.outcome(session_id="s1", usage=FIRST, usage_scope="session")
        _, (flight,) = await ledger.finish(
            job_id, outcome, Resume("latest") if provider == "zeta" else Resume()
        )
    assert used(flight) == NOTHING
