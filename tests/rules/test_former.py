"""What version 1.7.0 kept, in our words."""

import pytest
from msgspec.structs import replace

from gateway.rules.former import (
    FormerApproval,
    FormerFlight,
    FormerSession,
    conversed,
    decided,
    ending_of,
    flown,
    moment,
)

ROW = FormerFlight(
    id="c", cli="acme", model="default", prompt="a key-1", response="the key-1", datetime_utc="2026-05-26T10:00:00Z"
)  # fmt: skip


def redact(text: str) -> str:
    return text.replace("key-1", "***")


@pytest.mark.parametrize(
    ("facts", "ending"),
    [
        ({"status": "completed"}, "ok"),
        ({"status": "completed", "response": " \n"}, "empty"),
        ({"status": "completed", "response": None}, "empty"),
        ({"status": "started"}, "lost"),
        ({"status": None}, "lost"),
        ({"status": "failed", "exit_code": 124}, "timeout"),
        ({"status": "failed", "exit_code": 125}, "idle"),
        ({"status": "failed", "exit_code": 127}, "cli_missing"),
        ({"status": "failed", "exit_code": 126}, "provider_error"),
        ({"status": "failed", "exit_code": 126, "error_message": "Output exceeded maximum size (50MB)"}, "overflow"),
        ({"status": "failed", "error_message": "canceled by caller"}, "cancelled"),
        ({"status": "failed", "error_message": "orphaned after gateway restart"}, "lost"),
        ({"status": "failed", "exit_code": 1, "error_message": ""}, "provider_error"),
    ],
)  # fmt: skip
def test_an_ending_is_as_exact_as_it_was_recorded(facts: dict[str, object], ending: str) -> None:
    assert ending_of(replace(ROW, **facts)) == ending


@pytest.mark.parametrize(
    ("told", "cached", "whole"), [(None, 5, None), (10, 4, 10), (3, 10, 13), (0, None, 0), (3, None, 3)]
)
def test_input_that_is_less_than_its_cached_part_was_counted_without_it(
    told: int | None, cached: int | None, whole: int | None
) -> None:
    row = replace(ROW, input_tokens=told, cache_read_tokens=cached)
    assert flown(row, keep_bodies=True, redact=redact)[1].input_tokens == whole


def test_texts_are_kept_without_secrets_or_not_at_all() -> None:
    row = replace(ROW, status="failed", error_message="bad key-1")
    job, flight = flown(row, keep_bodies=True, redact=redact)
    assert (flight.prompt, flight.answer, flight.error, job.answer_bytes) == (
        "a ***",
        "the ***",
        "bad ***",
        7,
    )
    job, flight = flown(row, keep_bodies=False, redact=redact)
    assert (flight.prompt, flight.answer, job.answer_bytes) == (None, None, 0)


def test_the_same_row_gives_the_same_ids() -> None:
    job, flight = flown(ROW, keep_bodies=True, redact=redact)
    assert flown(replace(ROW, prompt="other"), keep_bodies=True, redact=redact)[0].id == job.id
    assert flown(replace(ROW, id="d"), keep_bodies=True, redact=redact)[1].id != flight.id
    assert flown(replace(ROW, async_job_id="j"), keep_bodies=True, redact=redact)[0].id == "j"


@pytest.mark.parametrize(
    "text", ["2026-05-26T10:00:00.000Z", "2026-05-26T12:00:00+02:00", "2026-05-26 10:00:00", 1779789600000.0]
)
def test_a_moment_without_a_zone_is_one_of_utc(text: str | float) -> None:
    assert moment(text) == 1779789600.0


@pytest.mark.parametrize(("id", "source"), [("gw-1", "created"), ("1", "cli")])
def test_what_was_made_up_reaches_no_cli(id: str, source: str) -> None:
    row = FormerSession(
        id=id, cli="acme", created_at="2026-05-26T10:00:00Z", last_used_at="2026-05-26T11:00:00Z"
    )
    session = conversed(row)
    assert (session.source, session.directory, session.created_at, session.used_at) == (
        source,
        "",
        1779789600.0,
        1779793200.0,
    )


def test_a_decision_that_is_not_approved_is_a_denial() -> None:
    row = FormerApproval(
        id="a", ts="2026-05-26T10:00:00Z", status="odd", policy="strict", cli="acme", operation="o", score=1,
        prompt_preview="a key-1",
    )  # fmt: skip
    decision = decided(row, redact)
    assert (decision.status, decision.prompt_preview, decision.ts) == ("denied", "a ***", 1779789600.0)
