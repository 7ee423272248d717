"""A command of a CLI, run to its end or to its limit."""

import trio

from gateway.domain.probes import Command
from gateway.host.probes import Ran, run

ENVIRON = {"PATH": "/usr/bin:/bin"}


async def ran(script: str, limit: float = 15.0) -> Ran:
    with trio.fail_after(60):
        return await run(Command(("-c", script), limit), executable="/bin/sh", environ=ENVIRON, grace=0.1)


async def test_both_outputs_are_told_apart() -> None:
    assert await ran("echo out; echo err >&2; exit 3") == Ran(
        stdout="out\n", stderr="err\n", returncode=3, timed_out=False
    )


async def test_what_is_ended_at_its_limit_says_so() -> None:
    told = await ran("echo begun; exec sleep 60", 2.0)
    assert (told.stdout, told.returncode, told.timed_out) == ("begun\n", -15, True)
