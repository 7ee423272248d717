"""Jobs: shared, handed over, queued, tried again, given back."""

import math
import os
import shutil
import time
from functools import partial
from pathlib import Path

import pytest
import trio
from msgspec import structs

from gateway.config import Config, Limits
from gateway.domain.caller import LOCAL
from gateway.errors import Busy
from gateway.service.gateway import Gateway
from gateway.store import jobs

SLOW = "ECHO:sleep=60"


async def test_identical_requests_in_flight_share_one_run(gateway: Gateway, submit, gate) -> None:
    first, second = await submit(gateway, gate.words), await submit(gateway, gate.words)
    gate.open()
    with trio.fail_after(60):
        one, other = await gateway.wait(first), await gateway.wait(second)

    assert one is not None
    assert other is not None
    assert one.job.id == other.job.id
    assert (one.flight.deduped, other.flight.deduped) == (0, 1)
    assert (other.flight.ending, other.flight.input_tokens) == ("ok", None)


async def test_a_neighbour_joins_the_run_and_hears_of_it(opened, submit, gate) -> None:
    async def hear(note: str) -> None:
        if note == "using digging":
            gate.open()

    async with opened() as mine, opened() as theirs:
        first = await submit(mine, f"ECHO:tool=digging {gate.words}")
        second = await submit(theirs, f"ECHO:tool=digging {gate.words}")
        with trio.fail_after(60):
            reply = await theirs.wait(second, hear)

    assert reply is not None
    assert (reply.job.id, reply.outcome.ending) == (first.job.id, "ok")


async def test_forced_requests_share_nothing(gateway: Gateway, submit) -> None:
    first = await submit(gateway, SLOW, force_refresh=True)
    second = await submit(gateway, SLOW, force_refresh=True)

    assert first.job.id != second.job.id


async def test_a_finished_answer_is_not_given_to_a_request_that_may_write(gateway: Gateway, ask) -> None:
    first, second = await ask(gateway, "same"), await ask(gateway, "same")

    assert first.job.id != second.job.id


async def test_who_stops_waiting_for_a_sync_request_stops_it(gateway: Gateway, submit) -> None:
    ticket = await submit(gateway, SLOW, mode="sync")
    with trio.move_on_after(0.2):
        await gateway.wait(ticket)
    with trio.fail_after(60):
        job, _, _ = await gateway.waiting.ended(ticket.job.id, None)

    assert job.ending == "cancelled"


async def test_a_sync_request_goes_on_for_whoever_else_waits(gateway: Gateway, submit, gate) -> None:
    first = await submit(gateway, gate.words, mode="sync")
    second = await submit(gateway, gate.words, mode="sync")
    with trio.move_on_after(0.1):
        await gateway.wait(first)
    gate.open()
    with trio.fail_after(60):
        reply = await gateway.wait(second)

    assert reply is not None
    assert reply.outcome.ending == "ok"
    _, flights = await gateway._recorded(first.job.id, None)
    assert sorted(flight.ending for flight in flights) == ["cancelled", "ok"]


async def test_what_takes_too_long_is_handed_over_as_a_job(gateway: Gateway, submit, gate) -> None:
    ticket = await submit(gateway, gate.words, mode="sync")
    with trio.fail_after(60):
        assert await gateway.wait(ticket, deadline=0.05) is None
        gate.open()
        job, flights, _ = await gateway.waiting.ended(ticket.job.id, None)

    assert (job.mode, job.ending, flights[0].mode) == ("async", "ok", "async")


async def test_a_watch_ends_with_its_patience(gateway: Gateway, submit) -> None:
    ticket = await submit(gateway, SLOW)
    with trio.fail_after(60):
        job = await gateway.watch(ticket.job.id, None, 0.05)

    assert job.status != "ended"


async def test_only_so_many_run_at_once_and_the_rest_wait_in_line(opened, submit, gate) -> None:
    async with opened(limits=Limits(concurrency=1)) as gateway:
        first = await submit(gateway, gate.words, force_refresh=True)
        second = await submit(gateway, "second", force_refresh=True)
        third = await submit(gateway, "third", force_refresh=True)
        with trio.fail_after(60):
            while gateway.runner.admission.position(third.job.id) is None:
                await trio.lowlevel.checkpoint()
            assert gateway.runner.admission.position(second.job.id) == 1
            gate.open()
            ends = [(await gateway.wait(ticket)).job.started_at for ticket in (first, second, third)]

    assert ends == sorted(ends)


async def test_a_full_queue_refuses_and_starts_nothing(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1, queue=1)) as gateway:
        await submit(gateway, SLOW, force_refresh=True)
        await submit(gateway, SLOW, force_refresh=True)
        with trio.fail_after(60):
            while len(gateway.runner.admission._queue) < 1:
                await trio.lowlevel.checkpoint()
        with pytest.raises(Busy, match="waiting already"):
            await submit(gateway, SLOW, force_refresh=True)


async def test_a_place_that_never_comes_ends_the_wait(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1, queue_wait=0.1)) as gateway:
        await submit(gateway, SLOW, force_refresh=True)
        ticket = await submit(gateway, "hello", force_refresh=True)
        with trio.fail_after(60):
            reply = await gateway.wait(ticket)

    assert reply is not None
    assert (reply.outcome.ending, reply.job.started_at) == ("timeout", None)


async def test_a_failing_provider_is_tried_again_and_then_left_alone(
    opened, ask, submit, config: Config
) -> None:
    async with opened(retry=structs.replace(config.retry, breaker_reset=600.0)) as gateway:
        reply = await ask(gateway, "ECHO:error=503")
        with pytest.raises(Busy, match="left alone"):
            await submit(gateway, "hello")

    assert (reply.outcome.ending, reply.flight.retries) == ("provider_error", 2)


async def test_a_provider_that_was_left_alone_is_tried_again_after_a_while(opened, ask) -> None:
    async with opened() as gateway:
        await ask(gateway, "ECHO:error=503")
        with trio.fail_after(60):
            while gateway.runner.admission.state("echo") == "open":
                await trio.lowlevel.checkpoint()
        back = await ask(gateway, "hello")
        after = await ask(gateway, "hello again")

    assert (back.flight.breaker, back.outcome.ending) == ("half_open", "ok")
    assert after.flight.breaker == "closed"


async def test_a_run_that_used_a_tool_is_never_tried_again(gateway: Gateway, ask) -> None:
    assert (await ask(gateway, "ECHO:tool=write ECHO:error=503")).flight.retries == 0


async def test_a_gateway_that_stops_leaves_its_jobs_to_the_next(opened, submit, gate) -> None:
    prompt = f"ECHO:tool=thinking {gate.words} done"
    async with opened() as first:
        ticket = await submit(first, prompt)
        with trio.fail_after(60):
            while first.note(ticket.job) != "using thinking":
                await trio.lowlevel.checkpoint()
    async with opened() as second:
        gate.open()
        with trio.fail_after(60):
            job, flights, outcome = await second.waiting.ended(ticket.job.id, None)

    assert (job.ending, len(flights), outcome.text) == ("ok", 1, prompt)


async def test_a_job_is_cancelled_from_another_gateway(opened, submit) -> None:
    async with opened() as mine, opened() as theirs:
        ticket = await submit(mine, SLOW)
        with trio.fail_after(60):
            assert await theirs.cancel(ticket.job.id)
            job, _, _ = await theirs.waiting.ended(ticket.job.id, None)

    assert job.ending == "cancelled"


async def test_a_job_that_waited_in_line_is_begun_by_the_next_gateway(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1)) as first:
        await submit(first, SLOW, force_refresh=True)
        waiting = await submit(first, "at last", force_refresh=True)
    async with opened() as second:
        with trio.fail_after(60):
            job, _, outcome = await second.waiting.ended(waiting.job.id, None)

    assert (job.ending, outcome.text) == ("ok", "at last")


async def test_a_job_of_which_nothing_is_left_is_lost(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1)) as first:
        await submit(first, SLOW, force_refresh=True)
        waiting = await submit(first, "never", force_refresh=True)
        shutil.rmtree(first.spools.home(waiting.job.id))
    async with opened() as second:
        with trio.fail_after(60):
            job, _, _ = await second.waiting.ended(waiting.job.id, None)

    assert job.ending == "lost"
    assert "nothing was done" in job.error


async def test_a_job_that_was_told_to_stop_and_left_nothing_has_stopped(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1)) as first:
        await submit(first, SLOW, force_refresh=True)
        waiting = await submit(first, "never", force_refresh=True)
        await first.database.run(jobs.ask_to_stop, waiting.job.id, "cancelled")
        shutil.rmtree(first.spools.home(waiting.job.id))
    async with opened() as second:
        with trio.fail_after(60):
            job, _, _ = await second.waiting.ended(waiting.job.id, None)

    assert job.ending == "cancelled"


async def test_a_job_that_waited_continues_no_session_that_became_active_since(opened, ask, submit) -> None:
    async with opened(limits=Limits(concurrency=1)) as first:
        other = (await ask(first, "hello")).outcome.session_id
        await submit(first, SLOW, force_refresh=True)
        waiting = await submit(first, "at last", force_refresh=True)
        await first.sessions.activate("echo", other, LOCAL)
    async with opened() as second:
        with trio.fail_after(60):
            job, _, outcome = await second.waiting.ended(waiting.job.id, None)

    assert (job.ending, outcome.session_id in (None, other)) == ("ok", False)


async def test_nothing_is_forgotten_before_its_time(gateway: Gateway, ask) -> None:
    from gateway.service.retention import prune

    reply = await ask(gateway, "keep me")
    kept = await prune(gateway.database, gateway.spools.folder, 1.0, dry_run=False)
    shown = await prune(gateway.database, gateway.spools.folder, -1.0, dry_run=True)
    gone = await prune(gateway.database, gateway.spools.folder, -1.0, dry_run=False)

    assert (kept.jobs, shown.jobs, gone.jobs) == ((), (reply.job.id,), (reply.job.id,))
    assert math.isclose(shown.bytes, gone.bytes)
    assert await gateway.jobs(10, running=False) == []


async def test_folders_that_no_job_has_are_forgotten_in_time(gateway: Gateway, submit) -> None:
    from gateway.service.retention import DAY, prune

    running = (await submit(gateway, "ECHO:sleep=60")).job.id
    folders = {name: Path(gateway.spools.home(name)) for name in ("left", "left-just-now", running)}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    (folders["left"] / "request.json").write_text("{}")
    for name in ("left", running):
        os.utime(folders[name], (0, time.time() - 2 * DAY))
    shown = await prune(gateway.database, gateway.spools.folder, 1.0, dry_run=True)
    there = folders["left"].exists()
    gone = await prune(gateway.database, gateway.spools.folder, 1.0, dry_run=False)
    await gateway.cancel(running)

    assert (shown.jobs, shown.bytes, there, gone.jobs, gone.bytes) == ((), 2, True, (), 2)
    assert [name for name, folder in folders.items() if folder.exists()] == ["left-just-now", running]


async def test_folders_that_vanish_while_old_ones_are_looked_for_are_nothing(
    gateway: Gateway, tmp_path: Path
) -> None:
    from gateway.service.retention import DAY, clear, prune

    work = tmp_path / "work" / "somebody"
    work.mkdir(parents=True)
    names = [f"{number:04}" for number in range(400)]
    for name in names:
        for folder in (work / name, Path(gateway.spools.home(name))):
            folder.mkdir(parents=True)
            os.utime(folder, (0, time.time() - 2 * DAY))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(clear, gateway.database, str(work.parent), 1.0)
                prunes = partial(prune, gateway.database, gateway.spools.folder, 1.0, dry_run=False)
                nursery.start_soon(prunes)

    assert [*work.iterdir(), *Path(gateway.spools.folder).iterdir()] == []
