"""Bars for a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.chart import BLOCKS, PLAIN, Bar, chart, steps

BARS = [Bar("monday", 8.0, "8"), Bar("", 4.5, "4.5"), Bar("tue", 0.001, "little"), Bar("wed", 0.0, "0")]


def test_bars_are_as_long_as_their_values() -> None:
    assert list(chart([*BARS, Bar("thu", None, "unknown")], 25)) == [
        "monday  ████████  8",
        "        ████▌     4.5",
        "tue     ▏         little",
        "wed               0",
        "thu               unknown",
    ]


def test_bars_need_no_unicode() -> None:
    assert list(chart(BARS, 24, PLAIN)) == [
        "monday  ########  8",
        "        ####      4.5",
        "tue     #         little",
        "wed               0",
    ]


def test_a_narrow_terminal_leaves_room_for_the_words() -> None:
    assert list(chart(BARS[:2], 1)) == ["monday  ████  8", "        ██▎   4.5"]


@pytest.mark.parametrize("bars", [[], [Bar("a", None, "unknown")], [Bar("a", 0.0, "0")]])
def test_nothing_draws_no_bars(bars: list[Bar]) -> None:
    assert not set("".join(chart(bars, 40))) & set(BLOCKS.strip())


@pytest.mark.parametrize(
    ("encoding", "cells"), [("utf-8", BLOCKS), ("ascii", PLAIN), (None, PLAIN), ("nonesuch", PLAIN)]
)
def test_the_cells_are_those_that_can_be_written(encoding: str | None, cells: str) -> None:
    assert steps(encoding) == cells


values = st.none() | st.floats(0, 1e12)


@given(st.lists(st.builds(Bar, st.just("label"), values, st.just("words")), max_size=9), st.integers(20, 200))
def test_no_line_is_wider_than_the_terminal(bars: list[Bar], width: int) -> None:
    assert all(len(line) <= width for line in chart(bars, width))
