"""Frames that are too long to be held."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.rules import framing, shortening
from gateway.rules.framing import Document, Lines
from gateway.rules.rests import Rest, noted, parted
from gateway.rules.shortening import unescaped

MARK = "m4rk"
texts = st.lists(
    st.sampled_from(["a", "é", "€", "𝄞", '"', "\\", "\n", "\x01", "/", "u", "ud83d", "\ue000", "\ue001"]),
    max_size=60,
).map("".join)
cuts = st.lists(st.integers(0, 500), max_size=6)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world in which twenty bytes are many."""
    monkeypatch.setattr(framing, "LONG", 20)
    monkeypatch.setattr(shortening, "KEPT", 10)


def fed(kind: Lines | Document, data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [frame for start, end in pairwise(edges) for frame in kind.feed(data[start:end])] + kind.end()


def restored(text: str, data: bytes) -> str:
    """A text with what was cut off from it, as far as the note tells the truth."""
    head, rest = parted(text, MARK)
    if rest is None:
        return text
    told = unescaped(data[rest.start : rest.end])[0]
    assert len(told.encode()) == rest.size
    return head + told


@pytest.mark.usefixtures("short")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(texts, max_size=4), ascii_only=st.booleans(), places=cuts)
def test_what_is_cut_off_from_a_string_is_where_its_note_says(
    values: list[str], ascii_only: bool, places: list[int]
) -> None:
    lines = [json.dumps({"n": 1, "text": value}, ensure_ascii=ascii_only) for value in values]
    data = "\n".join(lines).encode()
    said = [msgspec.json.decode(frame) for frame in fed(Lines(MARK), data, places)]
    assert [restored(each["text"], data) for each in said] == values
    assert all(len(each["text"]) < 120 for each in said)


@pytest.mark.usefixtures("short")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=texts, places=cuts)
def test_a_long_document_is_shortened_wherever_it_is_cut(value: str, places: list[int]) -> None:
    data = json.dumps([value, {"inside": value}], indent=2).encode()
    (frame,) = fed(Document(MARK), data, places)
    first, second = msgspec.json.decode(frame)
    assert [restored(first, data), restored(second["inside"], data)] == [value, value]


@pytest.mark.usefixtures("short")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.sampled_from(["a", "é", '"', "\\", " "]), min_size=21, max_size=60), places=cuts)
def test_a_long_line_that_is_no_json_is_one_text(value: str, places: list[int]) -> None:
    data = f"T{value}".encode()
    (frame,) = fed(Lines(MARK), data, places)
    head, rest = parted(frame.decode(), MARK)
    assert rest is not None
    assert (head.encode() + data[rest.start : rest.end], rest.escaped) == (data, False)


@pytest.mark.usefixtures("short")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), places=cuts)
def test_no_bytes_are_too_strange_to_be_shortened(data: bytes, places: list[int]) -> None:
    for frame in fed(Lines(MARK), b'{"' + data, places):
        assert len(frame) <= len(data) + 200 * data.count(b'"') + 200


def test_a_frame_that_is_long_all_the_same_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LONG", 20)
    monkeypatch.setattr(shortening, "MOST", 100)
    lines = Lines(MARK)
    frames = [frame for _ in range(50) for frame in lines.feed(b'["a","b","c"]')] + lines.feed(b"\nnext\n")
    assert [len(frame) < 150 for frame in frames] == [True, True]
    assert frames[-1] == b"next"


@pytest.mark.parametrize("forged", ["m4rk2", "", "M4RK"])
def test_a_note_with_another_mark_is_text(forged: str) -> None:
    text = "head" + noted(Rest(1, 2, 3, escaped=True), forged)
    assert parted(text, MARK) == (text, None)


@pytest.mark.parametrize("bad", [b"\\ud83d", b"\\uZZZZ and more of it", b"\xff\xfe and more of it", b"\\"])
def test_what_is_no_escape_is_still_told(bad: bytes) -> None:
    text, torn = unescaped(b"before " + bad)
    assert text.startswith("before ")
    assert len(torn) <= shortening.TORN


def test_a_text_tells_its_note(monkeypatch: pytest.MonkeyPatch) -> None:
    rest: Any = Rest(5, 9, 4, escaped=False)
    assert parted("head" + noted(rest, MARK), MARK) == ("head", rest)


def test_a_frame_with_many_long_strings_can_still_be_read() -> None:
    words = ["x" * 1_000_000] * 20
    (frame,) = fed(Lines(MARK), json.dumps(words).encode(), list(range(0, 20_000_000, 250_000)))
    said = msgspec.json.decode(frame, type=list[str])
    sizes = [len(head) + (rest.size if rest else 0) for head, rest in (parted(word, MARK) for word in said)]
    assert (sizes, len(frame) <= shortening.MOST) == ([1_000_000] * 20, True)
