"""Paths into JSON."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.paths import holds, number, text, values

ANSWER = {"choices": [{"text": "a"}, {"text": "b"}, {"n": 1}], "usage": {"in": 3, "ok": True}, "a b": "c"}
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab01*"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b", ["c"]),
        ("choices.1.text", ["b"]),
        ("choices.*.text", ["a", "b"]),
        ("usage.*", [3, True]),
        ("choices.7.text", []),
        ("choices.text", []),
        ("usage.in.more", []),
    ],
)
def test_a_path_leads_to_values(path: str, expected: list[Any]) -> None:
    assert values(ANSWER, path) == expected


def test_texts_are_joined_and_what_is_no_text_is_none() -> None:
    assert [text(ANSWER, path) for path in ("choices.*.text", "usage.in", "nowhere", "")] == [
        "ab",
        None,
        None,
        None,
    ]


def test_only_a_count_is_a_number() -> None:
    told = {"good": 2.5, "true": True, "less": -1, "text": "3"}
    assert [number(told, path) for path in (*told, "")] == [2.5, None, None, None, None]


def test_true_is_no_one() -> None:
    assert [holds({"a": value}, {"a": True}) for value in (True, 1)] == [True, False]


def test_without_a_condition_everything_holds() -> None:
    assert holds(None, {})


@given(value=json, path=st.text("ab01*.", max_size=6))
def test_no_value_and_no_path_is_an_error(value: Any, path: str) -> None:
    values(value, path)
    text(value, path)
    number(value, path)
