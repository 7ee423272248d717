"""What runs now, in whichever gateway."""

import trio

from gateway.config import Limits
from gateway.domain.caller import Caller
from gateway.service.running import running
from gateway.store.database import open_database

SLOW = "ECHO:sleep=60"


async def test_jobs_are_told_with_their_gateway_and_their_place_in_its_queue(opened, submit) -> None:
    async with opened(limits=Limits(concurrency=1)) as mine, opened() as theirs:
        first = await submit(mine, SLOW, force_refresh=True)
        with trio.fail_after(60):
            while mine.spools.of(first.job.id, 1).pid() is None:
                await trio.lowlevel.checkpoint()
        others = [await submit(mine, SLOW, force_refresh=True) for _ in range(2)]
        found = await running(theirs.database, theirs.config, "local")
        everybodys = await running(theirs.database, theirs.config, None)
        guests = await running(theirs.database, theirs.config, Caller(principal="guest").principal)

    assert [each.job.id for each in found] == [ticket.job.id for ticket in (first, *others)]
    assert [(each.job.status, each.position) for each in found] == [
        ("running", None),
        ("queued", 1),
        ("queued", 2),
    ]
    assert {(each.owner == found[0].owner, each.owner_lives) for each in found} == {(True, True)}
    assert [each.health.process_health is not None for each in found] == [True, False, False]
    assert (len(everybodys), guests) == (3, [])


async def test_a_gateway_that_is_gone_is_told_as_gone(opened, submit) -> None:
    async with opened() as gateway:
        ticket = await submit(gateway, SLOW)
        with trio.fail_after(60):
            while gateway.spools.of(ticket.job.id, 1).pid() is None:
                await trio.lowlevel.checkpoint()
        config = gateway.config
    async with open_database(f"{config.state}/gateway.db") as database:
        (left,) = await running(database, config, "local")

    assert (left.owner_lives, left.job.status, left.health.is_dead) == (False, "running", False)
