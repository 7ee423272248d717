"""Following a job of another process to its end."""

import json
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trio

LIMIT = 60.0


@pytest.fixture
def digging(spawn, started) -> Callable[[], Awaitable[trio.Process]]:
    """Asks in another process for something that takes long, and waits until it has begun."""

    async def ask() -> trio.Process:
        asking = await spawn("ask", "echo", "ECHO:tool=digging ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        return asking

    return ask


async def _until(words: str, chunks: AsyncIterator[str]) -> str:
    """What was written up to and with these words."""
    written = ""
    while words not in written:
        written += await anext(chunks)
    return written


async def _text(stream: trio.abc.ReceiveStream) -> AsyncIterator[str]:
    async with stream:
        async for chunk in stream:
            yield chunk.decode()


async def test_a_watch_tells_what_happens_line_by_line_and_exits_as_the_job_does(spawn, digging) -> None:
    with trio.fail_after(LIMIT):
        asking = await digging()
        watching = await spawn("jobs", "watch", "", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        lines = _text(watching.stdout)
        written = await _until("using digging\n", lines)
        asking.send_signal(signal.SIGINT)
        written += "".join([text async for text in lines])
        codes = [await watching.wait(), await asking.wait()]
    *notes, end = written.splitlines()
    assert set(notes) <= {"started with echo-1", "using digging"}
    assert (end.split()[0], end.split()[2:4], codes) == ("Job", ["ended:", "cancelled,"], [7, 130])


async def test_a_watch_tells_json_line_by_line(spawn, digging) -> None:
    with trio.fail_after(LIMIT):
        asking = await digging()
        watching = await spawn("jobs", "watch", "", "--json", stdout=subprocess.PIPE)
        lines = _text(watching.stdout)
        written = await _until("using digging", lines)
        asking.send_signal(signal.SIGINT)
        written += "".join([text async for text in lines])
        codes = [await watching.wait(), await asking.wait()]
    *notes, end = map(json.loads, written.splitlines())
    assert {(note["schema_version"], note["event"]) for note in notes} == {(1, "note")}
    assert (notes[-1]["note"], {note["jobId"] for note in notes}) == ("using digging", {end["jobId"]})
    assert (end["event"], end["ending"], end["job"]["id"], codes) == (
        "ended",
        "cancelled",
        end["jobId"],
        [7, 130],
    )


async def test_an_interrupt_stops_watching_and_not_the_job(spawn, digging, read) -> None:
    with trio.fail_after(LIMIT):
        asking = await digging()
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        watching = await spawn("jobs", "watch", "", **pipes)
        lines = _text(watching.stdout)
        await _until("using digging\n", lines)
        watching.send_signal(signal.SIGINT)
        told = [text async for text in lines]
        said, code = await read(watching.stderr), await watching.wait()
        listing = await spawn("jobs", "list", "--running", "--json", stdout=subprocess.PIPE)
        (job,) = json.loads(await read(listing.stdout))["jobs"]
        await listing.wait()
        asking.send_signal(signal.SIGINT)
        await asking.wait()
    assert (code, told, said) == (130, [], "No longer watching. The job is left alone.\n")
    assert (job["status"], job["stopReason"]) == ("running", None)


async def test_a_watch_on_a_terminal_is_one_line_and_then_the_end(digging, terminal) -> None:
    with trio.fail_after(LIMIT):
        asking = await digging()
        watching, chunks = await terminal("jobs", "watch", "")
        written = await _until("using digging", chunks)
        asking.send_signal(signal.SIGINT)
        written += "".join([chunk async for chunk in chunks])
        code = await watching.wait()
        await asking.wait()
    assert (code, "ended: cancelled" in written, "echo " in written) == (7, True, True)


def test_a_job_that_has_ended_is_told_at_once(invoke) -> None:
    asked = json.loads(invoke("ask", "echo", "ECHO:error=401", "--json").stdout)
    result = invoke("jobs", "watch", asked["jobId"])
    said: dict[str, Any] = {"code": result.exit_code, "first": result.stderr.splitlines()[0]}
    assert said == {"code": 4, "first": "401 Unauthorized"}
    assert result.stdout.startswith(f"Job {asked['jobId']} ended: auth_required, after ")
