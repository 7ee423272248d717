"""JSON that people write, edited."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.jsonc import DEEPEST, Unreadable, put, read, take

OURS = {"command": "gateway", "args": ["serve"]}
PATH = ("servers", "ours")

SPACES = st.sampled_from(["", " ", "\n", "\n  ", "\t", ' // it\'s "so" {\n', "/* , } */", "\r\n    "])
KEYS = st.text(max_size=4) | st.sampled_from(["servers", "a"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def texts(draw: st.DrawFn, value: Any = None) -> str:
    """An object as somebody may have written it, with comments and trailing commas."""
    value = draw(st.dictionaries(KEYS, VALUES, max_size=4)) if value is None else value
    return draw(SPACES) + draw(written(value)) + draw(SPACES)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    def spaced(token: str) -> str:
        return draw(SPACES) + token + draw(SPACES)

    match value:
        case dict():
            parts = [
                spaced(json.dumps(key)) + ":" + spaced(draw(written(each))) for key, each in value.items()
            ]
            brackets = "{}"
        case list():
            parts, brackets = [spaced(draw(written(each))) for each in value], "[]"
        case _:
            return json.dumps(value)
    trailing = "," if parts and draw(st.booleans()) else ""
    return brackets[0] + ",".join(parts) + trailing + draw(SPACES) + brackets[1]


def comments(text: str) -> int:
    return text.count('it\'s "so" {') + text.count("/* , } */")


@given(
    st.dictionaries(KEYS, VALUES, max_size=4).flatmap(lambda value: st.tuples(st.just(value), texts(value)))
)
def test_any_text_is_read(case: tuple[dict[str, Any], str]) -> None:
    value, text = case
    assert read(text) == value


@given(texts(), KEYS, VALUES)
def test_what_is_put_is_there_and_nothing_else_has_changed(text: str, key: str, value: Any) -> None:
    edited = put(text, (key,), value)
    assert read(edited) == {**read(text), key: value}
    assert key in read(text) or comments(edited) == comments(text)


@given(texts(), KEYS)
def test_what_is_taken_is_gone_and_nothing_else_has_changed(text: str, key: str) -> None:
    before = read(text)
    assert read(take(text, (key,))) == {name: value for name, value in before.items() if name != key}


@given(texts({"servers": {"theirs": 1}, "z": [2]}))
def test_what_was_put_and_is_taken_leaves_no_trace(text: str) -> None:
    assert take(put(text, PATH, OURS), PATH) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{\n\t"servers": {\n\t\t"a": {} // mine\n\t}\n}\n',
            '{\n\t"servers": {\n\t\t"a": {}, // mine\n\t\t"ours": 1\n\t}\n}\n',
        ),
        ('{"servers":{"a":2}}', '{"servers":{"a":2, "ours": 1}}'),
        ('{\n  "servers": {}, /* x */\n}', '{\n  "servers": {\n    "ours": 1\n  }, /* x */\n}'),
        ('{\n    "a": 0\n}', '{\n    "a": 0,\n    "servers": {\n        "ours": 1\n    }\n}'),
        ("", '{\n  "servers": {\n    "ours": 1\n  }\n}\n'),
        ("// nothing yet\n", '// nothing yet\n{\n  "servers": {\n    "ours": 1\n  }\n}\n'),
        ('{"servers": {"ours": 2 /* two */}}', '{"servers": {"ours": 1 /* two */}}'),
    ],
)
def test_what_is_put_looks_like_its_neighbours(before: str, after: str) -> None:
    assert put(before, PATH, 1) == after


def test_a_comment_of_another_line_survives_the_removal() -> None:
    text = '{\n  // why\n  "ours": 1, // mine\n  "b": 2\n}'
    assert take(text, ("ours",)) == '{\n  // why\n   // mine\n  "b": 2\n}'


def test_of_a_key_that_is_there_twice_the_last_counts_and_both_go() -> None:
    assert put('{"a": 1, "a": 2}', ("a",), 3) == '{"a": 1, "a": 3}'
    assert take('{"a": 1, "b": 0, "a": 2}', ("a",)) == '{ "b": 0}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1: a key was expected"),
        ('{\n"a": 1 "b": 2}', "line 2: a comma or } was expected"),
        ("[1 2]", "line 1: a comma or ] was expected"),
        ("{1: 2}", "line 1: a key was expected"),
        ('{"a" 1}', "line 1: a key was expected"),
        ('{"a": nope}', "line 1: a value was expected"),
        ("{}\n{}", "line 2: something stands behind the end"),
        ("[" * (DEEPEST + 2), "line 1: nested too deep"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read(text)


def test_a_value_that_is_no_object_is_in_the_way() -> None:
    with pytest.raises(Unreadable, match="line 1: an object was expected where 'ours' belongs"):
        put('{"servers": []}', PATH, 1)
