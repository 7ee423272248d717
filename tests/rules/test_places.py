import pytest

from gateway.rules.places import member, place_of

TEXT = '{"a": [1, {"b c": "x,:{"}], "d": {"e": null}}'


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ('{"a"', "$"),
        ("a", "$"),
        ("1", "$.a[0]"),
        ('{"b', "$.a[1]"),
        ("x,:", '$.a[1]["b c"]'),
        (":{", '$.a[1]["b c"]'),
        ("null", "$.d.e"),
    ],
)
def test_a_position_is_told_as_a_path(at: str, place: str) -> None:
    assert place_of(TEXT, TEXT.index(at)) in (place, f"{place}.a")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "$"),
        ("{", "$"),
        ('{"a', "$.a"),
        ('{"a": [1, ', "$.a[1]"),
        ("[[[", "$[0][0][0]"),
        ("}}]", "$"),
        ('{"a\\', "$.a"),
    ],
)
def test_a_broken_text_still_has_places(text: str, place: str) -> None:
    assert place_of(text, len(text)) == place


def test_a_name_that_is_no_word_is_quoted() -> None:
    assert [member("$", name) for name in ("a1", "1a", 'a"b', "é", "")] == [
        "$.a1", '$["1a"]', '$["a\\"b"]', '$["é"]', '$[""]'
    ]  # fmt: skip
