"""Places for processes: who gets one, who waits, who is sent away."""

import pytest
import trio
import trio.testing

from gateway.config import Limits, Retry
from gateway.errors import Busy
from gateway.service.admission import Admission
from gateway.service.live import Live

PATIENT = Retry()


async def holding(admission: Admission, job_id: str, provider: str) -> None:
    async with admission.slot(job_id, provider, Live("sync")):
        await trio.sleep_forever()


async def test_nobody_waits_behind_those_whose_own_provider_is_full() -> None:
    admission = Admission(Limits(per_provider=1, queue_wait=60), PATIENT)
    async with trio.open_nursery() as nursery:
        for job_id in ("first", "second"):
            nursery.start_soon(holding, admission, job_id, "acme")
            await trio.testing.wait_all_tasks_blocked()
        assert admission.position("second") == 1
        with trio.fail_after(60):
            async with admission.slot("other", "zeta", Live("sync")) as found:
                assert found
        nursery.cancel_scope.cancel()


async def test_a_place_is_not_lost_with_a_job_that_is_cancelled_as_its_turn_comes() -> None:
    admission = Admission(Limits(concurrency=1), PATIENT)
    cancelled = trio.CancelScope()

    async def waiting() -> None:
        with cancelled:
            await holding(admission, "second", "acme")

    async with trio.open_nursery() as nursery:
        async with admission.slot("first", "acme", Live("sync")):
            nursery.start_soon(waiting)
            await trio.testing.wait_all_tasks_blocked()
        cancelled.cancel()
    with trio.fail_after(60):
        async with admission.slot("third", "acme", Live("sync")) as found:
            assert found


async def test_who_was_let_in_counts_before_it_asks_for_a_place() -> None:
    admission = Admission(Limits(concurrency=1, queue=1), PATIENT)
    admission.expect("first", "acme")
    admission.expect("second", "acme")
    with pytest.raises(Busy, match="1 requests are waiting already"):
        admission.expect("third", "acme")
    admission.forget("second")
    admission.expect("third", "acme")


async def test_without_a_queue_a_request_that_finds_a_place_is_let_in() -> None:
    admission = Admission(Limits(concurrency=1, queue=0), PATIENT)
    admission.expect("first", "acme")
    with pytest.raises(Busy):
        admission.expect("second", "acme")


async def test_a_burst_of_requests_does_not_pass_the_limit_of_the_queue(opened, submit) -> None:
    taken, refused = [], []

    async def one(number: int) -> None:
        try:
            taken.append(await submit(gateway, f"ECHO:sleep=60 {number}"))
        except Busy:
            refused.append(number)

    async with opened(limits=Limits(concurrency=1, queue=2)) as gateway:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for number in range(6):
                    nursery.start_soon(one, number)

    assert (len(taken), len(refused)) == (3, 3)


async def test_a_try_that_came_to_nothing_makes_room_for_the_next(opened, ask, submit) -> None:
    once = Retry(attempts=1, breaker_failures=1, breaker_reset=0.05)
    async with opened(retry=once, limits=Limits(concurrency=1, queue_wait=0.05)) as gateway:
        admission = gateway.runner.admission
        await ask(gateway, "ECHO:error=503")
        async with admission.taken("echo"):
            with trio.fail_after(60):
                while admission.state("echo") == "open":
                    await trio.lowlevel.checkpoint()
            unplaced = await ask(gateway, "no place")
        assert (unplaced.outcome.ending, (await ask(gateway, "back")).outcome.ending) == ("timeout", "ok")


async def test_one_request_at_a_time_tries_whether_a_provider_is_back(opened, ask, submit) -> None:
    once = Retry(attempts=1, breaker_failures=1, breaker_reset=0.05)
    async with opened(retry=once) as gateway:
        await ask(gateway, "ECHO:error=503")
        with trio.fail_after(60):
            while gateway.runner.admission.state("echo") == "open":
                await trio.lowlevel.checkpoint()
        gateway.runner.admission.expect("somebody", "echo")
        with pytest.raises(Busy, match="left alone"):
            await submit(gateway, "me too")
        gateway.runner.admission.forget("somebody")
        assert (await ask(gateway, "back")).outcome.ending == "ok"
