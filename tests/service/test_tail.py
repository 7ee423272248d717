"""Following what a CLI prints."""

import math
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.launch import Launch
from gateway.domain.outcome import Exit
from gateway.host.spool import CHUNK, Spool, write_private
from gateway.plugin.manager import load
from gateway.service.tail import Tail

LINE = b'{"type": "delta", "text": "0123456789"}\n'
LINES = 3 * CHUNK // len(LINE)


@pytest.fixture
def tail(tmp_path: Path) -> Tail:
    """What follows a CLI that has printed three chunks of lines."""
    spool = Spool(str(tmp_path / "1"))
    spool.make(b"")
    write_private(os.path.join(spool.path, "stdout"), LINE * LINES)
    return Tail(load(["gateway.testing.echo"]).providers["echo"], Launch(args=()), spool)


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
