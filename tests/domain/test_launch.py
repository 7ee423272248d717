"""Postures, installed binaries and the comparison of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.launch import LADDER, Autonomy, Installed, lower, version_key

postures = st.sampled_from(LADDER)
numbers = st.lists(st.integers(0, 999), min_size=1, max_size=4)


@given(postures, postures)
def test_a_gate_only_ever_narrows(asked: Autonomy, allowed: Autonomy) -> None:
    result = lower(asked, allowed)
    assert result in (asked, allowed)
    assert LADDER.index(result) == min(LADDER.index(asked), LADDER.index(allowed))


@given(numbers, numbers)
def test_versions_compare_number_by_number_and_what_is_left_out_is_zero(
    one: list[int], other: list[int]
) -> None:
    keys = [version_key(".".join(map(str, version))) for version in (one, other)]
    whole = [(*version, *[0] * (4 - len(version))) for version in (one, other)]
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (whole[0] < whole[1], whole[0] == whole[1])


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("2.1.330", (2, 1, 330)),
        ("2.1.0", (2, 1)),
        ("0.9", (0, 9)),
        ("1.2.3-beta.4", (1, 2, 3)),
        ("", ()),
        ("unknown", ()),
    ],
)
def test_a_version_is_read_up_to_its_prerelease(version: str, key: tuple[int, ...]) -> None:
    assert version_key(version) == key


@pytest.mark.parametrize(
    ("installed", "least", "enough"),
    [("2.10.0", "2.9.9", True), ("2.9.9", "2.10.0", False), ("2.1", "2.1.0", True), ("", "99.0", True)],
)
def test_a_binary_of_unknown_version_is_taken_to_be_new(installed: str, least: str, enough: bool) -> None:
    assert Installed(installed).at_least(least) is enough


def test_an_unread_help_is_taken_to_list_everything() -> None:
    assert Installed().has("--anything")
    assert Installed("1.0", frozenset({"--model"})).has("--model")
    assert not Installed("1.0", frozenset({"--model"})).has("--mod")
