"""Several gateways on one database: what one may do to the jobs of another."""

import trio
from msgspec import structs

from gateway.config import Config
from gateway.plugin.manager import load
from gateway.service.gateway import Gateway, open_gateway


async def running(gateway: Gateway, job_id: str) -> None:
    with trio.fail_after(60):
        while gateway.spools.of(job_id, 1).pid() is None:
            await trio.lowlevel.checkpoint()


async def test_a_job_waits_for_a_gateway_that_has_its_plugin(
    opened, submit, config: Config, environ, gate
) -> None:
    async with opened() as first:
        ticket = await submit(first, f"{gate.words} hello")
        await running(first, ticket.job.id)
    async with open_gateway(structs.replace(config, heartbeat=0.02), load([]), environ) as stranger:
        await trio.sleep(0.2)
        assert (await stranger.job(ticket.job.id)).status == "running"
    async with opened() as second:
        gate.open()
        with trio.fail_after(60):
            assert (await second.watch(ticket.job.id, None, 60)).ending == "ok"


async def test_who_waits_for_a_job_hears_of_its_end_though_it_has_become_ours(opened, submit, gate) -> None:
    async with opened(heartbeat=600.0) as second:
        async with opened() as first:
            ticket = await submit(first, gate.words)
            joined = await submit(second, gate.words)
            await running(first, ticket.job.id)
        gate.open()
        async with trio.open_nursery() as nursery:
            with trio.fail_after(60):
                nursery.start_soon(second.leases._sweep)
                reply = await second.wait(joined)

    assert reply is not None
    assert (reply.outcome.ending, reply.job.id) == ("ok", ticket.job.id)
