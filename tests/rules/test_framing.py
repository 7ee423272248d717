"""Chunks, cut anywhere, to frames."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.framing import Document, Lines, framing

output = st.lists(st.sampled_from([b"\n", b"\r\n", b" ", b"{", b"}", "é€𝄞".encode(), b"\0", b"word"])).map(
    b"".join
)
cuts = st.lists(st.integers(0, 200), max_size=8)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def frames(kind: Lines | Document, chunks: list[bytes]) -> list[bytes]:
    return [frame for chunk in chunks for frame in kind.feed(chunk)] + kind.end()


@given(output, cuts)
def test_lines_do_not_depend_on_how_the_output_was_cut(data: bytes, places: list[int]) -> None:
    whole = [line for line in data.split(b"\n") if line.strip()]
    assert frames(Lines(), cut(data, places)) == whole
    assert frames(Lines(), [bytes([byte]) for byte in data]) == whole


@given(output, cuts)
def test_a_document_does_not_depend_on_how_the_output_was_cut(data: bytes, places: list[int]) -> None:
    assert frames(Document(), cut(data, places)) == ([data] if data.strip() else [])


def test_a_line_is_told_as_soon_as_its_newline_is_there() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == [b"one"]
    assert lines.feed(b"o") == []
    assert lines.feed(b"\nthree\n") == [b"two", b"three"]
    assert lines.end() == []


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n \n\t\n", b"\r\n"])
def test_blank_output_has_no_frames(data: bytes) -> None:
    assert frames(Lines(), [data]) == []
    assert frames(Document(), [data]) == []


def test_the_last_line_needs_no_newline() -> None:
    assert frames(Lines(), [b"one\ntwo"]) == [b"one", b"two"]


def test_the_end_is_told_once() -> None:
    lines, document = Lines(), Document()
    for kind in (lines, document):
        assert frames(kind, [b"rest"]) == [b"rest"]
        assert kind.end() == []


def test_a_launch_names_its_framing() -> None:
    assert isinstance(framing("lines"), Lines)
    assert isinstance(framing("document"), Document)
