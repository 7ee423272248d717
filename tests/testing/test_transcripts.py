"""Recordings are read from a folder and compared with what was expected of them."""

from pathlib import Path

import msgspec
import pytest

from gateway import Command, Exit, Outcome, Resume, Usage
from gateway.testing.transcripts import (
    FRESH_ID,
    Expected,
    Transcript,
    differences,
    help_file,
    listed_flags,
    read_help,
    read_transcripts,
)

OUTCOME = Outcome(
    ending="ok",
    exit=Exit(returncode=0),
    text="pong",
    session_id="a",
    usage=Usage(input_tokens=3),
    warnings=("The API failed; try 2",),
)


def test_a_case_is_read_from_its_files(tmp_path: Path) -> None:
    for name, content in {
        "stdout": "out",
        "stderr": "err",
        "exit": "-15\n",
        "json": '{"ending": "lost"}',
    }.items():
        (tmp_path / f"case.{name}").write_text(content)
    assert read_transcripts(tmp_path) == [
        Transcript(name="case", stdout=b"out", stderr=b"err", exit=-15, expected=Expected(ending="lost"))
    ]


def test_a_misspelt_key_is_an_error(tmp_path: Path) -> None:
    for name, content in {
        "stdout": "",
        "stderr": "",
        "exit": "0",
        "json": '{"ending": "ok", "txt": ""}',
    }.items():
        (tmp_path / f"case.{name}").write_text(content)
    with pytest.raises(msgspec.ValidationError, match="txt"):
        read_transcripts(tmp_path)


def test_help_texts_are_found_by_their_command(tmp_path: Path) -> None:
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "exec_help.txt").write_text("Usage")
    assert read_help(tmp_path) == {help_file(Command(("exec", "--help"))): "Usage"}


def test_a_path_is_no_part_of_the_name_of_a_help_text() -> None:
    assert help_file(Command(("-I", "/kit/cli.py", "--help"))) == "I_help.txt"


def test_flags_are_read_from_a_help_text() -> None:
    assert listed_flags("  -p, --print  one\n  --no-color[=WHEN] of a-b, x--y") == {
        "-p",
        "--print",
        "--no-color",
    }


RESUMES = [
    (Expected(ending="ok"), Resume("new", FRESH_ID)),
    (Expected(ending="ok", session_id="a"), Resume("new", "a")),
    (Expected(ending="ok", resume="latest", session_id="a"), Resume("latest")),
    (Expected(ending="ok", resume="id", request={"sessionId": "b"}, session_id="a"), Resume("id", "b")),
    (Expected(ending="ok", resume="fork", request={"sessionId": "b"}, session_id="c"), Resume("fork", "b")),
]


@pytest.mark.parametrize(("expected", "resume"), RESUMES)
def test_the_session_that_was_asked_for_is_the_one_that_is_continued(
    expected: Expected, resume: Resume
) -> None:
    assert Transcript(expected=expected).resume() == resume


DIFFERENCES = [
    (Expected(ending="ok"), {}),
    (Expected(ending="ok", text="pong", session_id="a", usage={"input_tokens": 3}, error=None), {}),
    (Expected(ending="empty"), {"ending": ("empty", "ok")}),
    (Expected(ending="ok", text="ping"), {"text": ("ping", "pong")}),
    (Expected(ending="ok", session_id=None), {"session_id": (None, "a")}),
    (Expected(ending="ok", usage={"output_tokens": 1}), {"usage.output_tokens": (1, None)}),
    (Expected(ending="ok", error="refused"), {"error": ("refused", None)}),
    (
        Expected(ending="ok", warnings=("try 2", "denied")),
        {"warnings": (["denied"], ("The API failed; try 2",))},
    ),
]


@pytest.mark.parametrize(("expected", "different"), DIFFERENCES)
def test_only_what_is_expected_is_compared(expected: Expected, different: dict[str, object]) -> None:
    assert differences(expected, OUTCOME) == different


def test_an_error_is_recognized_by_a_piece_of_it() -> None:
    failed = msgspec.structs.replace(OUTCOME, error="401 Unauthorized: no key")
    assert differences(Expected(ending="ok", error="Unauthorized"), failed) == {}
