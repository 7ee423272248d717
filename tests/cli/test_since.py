"""Times in the past, as people write them."""

import time
from datetime import UTC, datetime

import click
import pytest

from gateway.cli.since import Since


def since(text: str) -> float:
    return Since().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), ("0d", 0)]
)
def test_a_span_is_counted_back_from_now(text: str, seconds: int) -> None:
    before = time.time()
    assert before - seconds <= since(text) <= time.time() - seconds


def test_a_date_begins_at_midnight_here() -> None:
    assert since("2026-07-31") == datetime(2026, 7, 31).astimezone().timestamp()


def test_a_time_may_name_its_zone() -> None:
    assert since("2026-07-31T12:00:00Z") == datetime(2026, 7, 31, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["999999w", "1901-01-01"])
def test_nothing_is_older_than_the_clock(text: str) -> None:
    assert since(text) == 0.0


@pytest.mark.parametrize("text", ["", "7", "d", "7y", "-7d", "7 d", "yesterday", "2026-13-01", "7d7d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="neither a span"):
        since(text)
