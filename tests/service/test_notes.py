"""What is told of a run comes from what its CLI has said, and from nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.config import ProviderConfig

SILENT = """#!/bin/sh
case "$*" in *--version*|*--help*) echo 1.0; exit;; esac
exec sleep 0.6
"""
NOISY = """#!/bin/sh
case "$*" in *--version*|*--help*) echo 1.0; exit;; esac
printf 'starting up\\n{"type": "unknown"}\\n'
printf 'still running\\n' >&2
exec sleep 0.6
"""


@pytest.mark.parametrize("script", [SILENT, NOISY], ids=["prints nothing", "prints what is no event"])
@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "in another gateway"])
async def test_a_run_without_events_has_no_progress(
    opened: Any, submit: Any, tmp_path: Path, script: str, elsewhere: bool
) -> None:
    cli = tmp_path / "cli"
    cli.write_text(script)
    cli.chmod(0o700)
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)

    changes = {"providers": {"echo": ProviderConfig(executable=str(cli))}}
    async with opened(**changes) as owner, opened(**changes) as other:
        ticket = await submit(owner, "hello")
        with trio.fail_after(60):
            await (other if elsewhere else owner).watch(ticket.job.id, hear, 60)
        assert (notes, owner.note(ticket.job)) == ([], None)


async def test_each_note_is_of_an_event(opened: Any, submit: Any, gate: Any) -> None:
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)
        if note == "using digging":
            gate.open()

    async with opened() as gateway:
        ticket = await submit(gateway, f"ECHO:tool=digging {gate.words} hello")
        with trio.fail_after(60):
            await gateway.watch(ticket.job.id, hear, 60)
    allowed = ("started with echo-1", "using digging", "writing the answer, ", "wrote a message of ")
    assert "using digging" in notes
    assert [note for note in notes if not note.startswith(allowed)] == []


TWICE = """#!/bin/sh
case "$*" in *--version*|*--help*) echo 1.0; exit;; esac
if mkdir "$0.tried"; then
    echo '{"type": "start", "model": "first"}'
    read -r _ <"$0.heard"
    echo '{"type": "error", "code": "503", "message": "Later"}'
    exit 1
fi
echo '{"type": "start", "model": "second"}'
read -r _ <"$0.heard"
echo '{"type": "message", "text": "hello"}'
echo '{"type": "end"}'
"""
"""Fails once, then answers; each time it waits until somebody has heard that it has started."""


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[int]:
    """Where a CLI is told that somebody has heard of it. It is open on both sides: nobody waits for the other one."""
    os.mkfifo(tmp_path / "cli.heard")
    handle = os.open(tmp_path / "cli.heard", os.O_RDWR)
    yield handle
    os.close(handle)


async def test_who_reads_along_in_another_gateway_hears_of_the_second_attempt(
    opened: Any, submit: Any, tmp_path: Path, heard: int
) -> None:
    cli = tmp_path / "cli"
    cli.write_text(TWICE)
    cli.chmod(0o700)
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)
        if note.startswith("started"):
            os.write(heard, b"\n")

    changes = {"providers": {"echo": ProviderConfig(executable=str(cli))}}
    async with opened(**changes) as owner, opened(**changes) as other:
        ticket = await submit(owner, "hello")
        with trio.fail_after(60):
            await other.watch(ticket.job.id, hear, 60)
    started = [note for note in notes if note.startswith("started")]
    assert started == ["started with first", "started with second"]
