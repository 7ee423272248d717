"""Following what a CLI prints."""

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.launch import Launch
from gateway.domain.outcome import Exit, Outcome
from gateway.host.spool import CHUNK, Spool, write_private
from gateway.plugin.manager import load
from gateway.rules.fold import HEAD
from gateway.rules.redact import Redactor
from gateway.service.answers import AnswerFile
from gateway.service.tail import Tail

LINE = b'{"type": "delta", "text": "0123456789"}\n'
LINES = 3 * CHUNK // len(LINE)


@pytest.fixture
def tail(tmp_path: Path) -> Tail:
    """What follows a CLI that has printed three chunks of lines."""
    spool = Spool(str(tmp_path / "1"))
    spool.make()
    write_private(spool.at("stdout"), LINE * LINES)
    echo = load(["gateway.testing.echo"]).providers["echo"]
    return Tail(echo, Launch(args=()), spool, redact=Redactor())


def written(tail: Tail) -> int:
    return tail.fold.outcome(Exit(returncode=0)).text_bytes


async def test_all_of_it_is_taken_in_at_the_end(tail: Tail) -> None:
    await tail.finish()
    assert written(tail) == 10 * LINES


async def test_of_a_flood_only_so_much_is_taken_in(tail: Tail) -> None:
    await tail.finish(most=CHUNK + 1)
    assert written(tail) == 10 * (2 * CHUNK // len(LINE))


async def test_what_was_told_before_is_not_told_again(tail: Tail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.service.tail.TURN", 60.0)
    notes: list[Any] = [await tail.catch_up(), await tail.catch_up()]
    await tail.finish(math.inf)
    assert (notes, written(tail)) == (["writing the answer, 196.6k characters", None], 10 * LINES)


async def told(tmp_path: Path, lines: list[dict[str, str]]) -> tuple[str, Outcome]:
    """The whole answer, as it is written to its file, and the outcome."""
    spool = Spool(str(tmp_path / "1"))
    spool.make()
    write_private(spool.at("stdout"), b"\n".join(map(msgspec.json.encode, lines)))
    answer = AnswerFile(str(tmp_path / "answer"), Redactor(), spool)
    echo = load(["gateway.testing.echo"]).providers["echo"]
    tail = Tail(echo, Launch(args=()), spool, redact=Redactor(), answer=answer)
    await tail.finish()
    answer.close()
    return (tmp_path / "answer").read_text(), tail.fold.outcome(Exit(returncode=0))


@pytest.mark.parametrize("words", ["plain ", 'é€𝄞 "quoted" \\ \n'])
async def test_an_answer_in_one_long_line_is_told_whole(tmp_path: Path, words: str) -> None:
    text = words * (4 * 1024 * 1024 // len(words.encode()))
    answer, outcome = await told(tmp_path, [{"type": "message", "text": text}])
    assert answer == text
    assert (outcome.text, outcome.text_bytes) == (
        text.encode()[:HEAD].decode(errors="ignore"),
        len(text.encode()),
    )


async def test_what_is_written_behind_a_long_line_is_behind_it(tmp_path: Path) -> None:
    text = "long " * (1024 * 1024)
    lines = [{"type": "delta", "text": word} for word in ("first ", text, "last")]
    answer, outcome = await told(tmp_path, lines)
    assert (answer, outcome.text_bytes) == (f"first {text}last", len(answer))


async def test_a_message_replaces_a_long_line(tmp_path: Path) -> None:
    lines = [{"type": "message", "text": "long " * (1024 * 1024)}, {"type": "message", "text": "last"}]
    answer, outcome = await told(tmp_path, lines)
    assert (answer, outcome.text, outcome.text_bytes) == ("last", "last", 4)
