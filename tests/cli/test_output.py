import json

import pytest
from msgspec import Struct

from gateway.cli.output import (
    clean,
    lasted,
    show_facts,
    show_json,
    show_json_line,
    show_table,
    show_text,
    size,
    told,
)


class Thing(Struct):
    some_name: str
    began_at: float | None


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert clean("a\x1b[31m\tb\n c\x07") == "a\ufffd[31m b c\ufffd"


def test_nothing_is_cut_from_a_piped_table(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    show_table(("a", "b"), [("x" * 500, None), (1, "two\nlines")])
    assert capsysbinary.readouterr().out.decode() == f"a\tb\n{'x' * 500}\t\n1\ttwo lines\n"


def test_what_is_not_known_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts([("name", "x"), ("absent", None), ("number", 0)])
    assert capsys.readouterr().out == "name    x\nnumber  0\n"


@pytest.mark.parametrize("text", ["end", "end\n"])
def test_the_last_line_of_a_text_is_ended_once(text: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    show_text(text)
    assert capsysbinary.readouterr().out == b"end\n"


def test_json_carries_the_version_of_its_shape(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    show_json(a=1)
    assert json.loads(capsysbinary.readouterr().out) == {"schema_version": 1, "a": 1}


def test_a_struct_is_told_in_the_words_of_the_wire() -> None:
    assert told(Thing("x", 0.0)) == {"someName": "x", "beganAt": "1970-01-01T00:00:00.000Z"}


def test_json_as_it_comes_is_one_object_on_a_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    show_json_line(a="x\ny")
    assert capsysbinary.readouterr().out == b'{"schema_version":1,"a":"x\\ny"}\n'


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (59.9, "59s"), (61, "1m 1s"), (3600, "1h 0m"), (7_500, "2h 5m"), (90_000, "1d 1h")],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert lasted(seconds) == text


@pytest.mark.parametrize(
    ("bytes", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "2 KiB"), (50 * 2**20, "50 MiB"), (3 * 2**29, "1.5 GiB")],
)
def test_a_size_is_told_as_people_say_it(bytes: int, text: str) -> None:
    assert size(bytes) == text
