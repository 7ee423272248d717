"""Several gateways on one database: what one may do to the jobs of another."""

import os

import trio
import trio.testing
from msgspec import structs

from gateway.config import Config
from gateway.plugin.manager import load
from gateway.service.gateway import Gateway, open_gateway
from gateway.service.retention import prune


async def running(gateway: Gateway, job_id: str) -> None:
    with trio.fail_after(10):
        while gateway.spools.of(job_id, 1).pid() is None:
            await trio.lowlevel.checkpoint()


async def test_a_job_waits_for_a_gateway_that_has_its_plugin(opened, submit, config: Config, environ) -> None:
    async with opened() as first:
        ticket = await submit(first, "ECHO:sleep=0.5 hello")
        await running(first, ticket.job.id)
    async with open_gateway(structs.replace(config, heartbeat=0.02), load([]), environ) as stranger:
        await trio.sleep(0.2)
        assert (await stranger.job(ticket.job.id)).status == "running"
    async with opened() as second:
        with trio.fail_after(10):
            assert (await second.watch(ticket.job.id, None, 10)).ending == "ok"


async def test_who_waits_for_a_job_hears_of_its_end_though_the_job_has_become_ours(opened, submit, config) -> None:
    async with opened(heartbeat=600.0) as second:
        async with opened() as first:
            ticket = await submit(first, "ECHO:sleep=60")
            joined = await submit(second, "ECHO:sleep=60")
            await running(first, ticket.job.id)
        async with trio.open_nursery() as nursery:
            with trio.fail_after(10):
                nursery.start_soon(second.wait, joined)
                await trio.testing.wait_all_tasks_blocked()
                await second.leases._sweep()
                await second.cancel(joined.job.id)


async def test_a_job_that_was_stopped_while_it_paused_is_cancelled_and_was_tried_once(opened, submit) -> None:
    paused = trio.Event()

    async def hear(note: str) -> None:
        if "trying again" in note:
            paused.set()

    slow = structs.replace((await _config(opened)).retry, backoff=60.0)
    async with opened(retry=slow) as gateway, trio.open_nursery() as nursery:
        with trio.fail_after(20):
            ticket = await submit(gateway, "ECHO:error=503")
            nursery.start_soon(gateway.watch, ticket.job.id, hear, 60.0)
            await paused.wait()
            assert await gateway.cancel(ticket.job.id)
            reply = await gateway.wait(ticket)

    assert reply is not None
    assert (reply.outcome.ending, reply.flight.retries, reply.job.attempt) == ("cancelled", 0, 1)


async def _config(opened) -> Config:
    async with opened() as gateway:
        return gateway.config


async def test_all_tries_of_a_job_share_its_time(opened, ask) -> None:
    async with opened() as gateway:
        reply = await ask(gateway, "ECHO:sleep=0.8 ECHO:error=503", timeout_ms=1200)

    assert (reply.outcome.ending, reply.flight.retries) == ("timeout", 1)


async def test_a_session_the_cli_does_not_know_cannot_be_continued(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello", session_id="nobodys")

    assert (reply.outcome.ending, reply.outcome.session_id, reply.job.session_id) == ("session_unknown", None, None)
    assert await gateway.database.read(lambda connection: list(connection.execute("select id from sessions"))) == []


async def test_files_that_lead_nowhere_do_not_keep_old_jobs(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello")
    os.symlink("/nowhere", os.path.join(gateway.spools.home(reply.job.id), "dangling"))
    pruned = await prune(gateway.database, gateway.spools.folder, 1e-9, dry_run=False)

    assert (pruned.jobs, os.listdir(gateway.spools.folder)) == ((reply.job.id,), [])
