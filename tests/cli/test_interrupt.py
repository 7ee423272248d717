"""Runs that are stopped from outside, as processes of their own."""

import json
import signal
import subprocess
from typing import Any

import pytest
import trio

LIMIT = 60.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_stops_the_run_and_says_what_was_kept(read, spawn, started, number) -> None:
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.PIPE)
        await started()
        asking.send_signal(number)
        said, code = await read(asking.stderr), await asking.wait()
        (job,) = await _jobs(spawn, read)
    kept = f"job {job['id']}, session {job['sessionId']}"
    assert (code, said, job["ending"]) == (
        130,
        f"Interrupted. Kept: {kept}.\nSee `gateway jobs result {job['id']}`.\n",
        "cancelled",
    )


async def test_a_job_of_another_process_can_be_cancelled(read, spawn, started) -> None:
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        (job,) = await _jobs(spawn, read, "--running")
        cancelling = await spawn("jobs", "cancel", job["id"][:13], stderr=subprocess.DEVNULL)
        codes = [await cancelling.wait(), await asking.wait()]
    assert codes == [0, 7]


async def test_a_running_job_shows_what_it_has_printed_so_far(read, spawn, started) -> None:
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        looking = await spawn("jobs", "result", "", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = await read(looking.stderr)
        asking.send_signal(signal.SIGINT)
        codes = [await looking.wait(), await asking.wait()]
    assert (said, codes) == ("The job is running; this is what its CLI has printed so far.\n", [0, 130])


async def _jobs(spawn, read, *words: str) -> list[dict[str, Any]]:
    listing = await spawn("jobs", "list", "--json", *words, stdout=subprocess.PIPE)
    jobs: list[dict[str, Any]] = json.loads(await read(listing.stdout))["jobs"]
    await listing.wait()
    return jobs
