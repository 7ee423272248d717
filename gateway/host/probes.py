"""Looks at the world for a plugin. A command is started like any other run, and bounded."""

import os
from collections.abc import Mapping

import trio
from msgspec import Struct

from gateway.domain.probes import Command, EnvVar, HomeFile, Package, Probe, Reading
from gateway.host.files import MOST, matches, read_log
from gateway.host.passing import passing_folder
from gateway.host.process import start
from gateway.host.spool import Spool

GRACE = 1.0


class Ran(Struct, frozen=True, kw_only=True):
    """What a command printed and how it ended."""

    stdout: str
    stderr: str
    returncode: int | None
    timed_out: bool


async def look(probe: Probe, *, executable: str | None, environ: Mapping[str, str]) -> Reading:
    """What there is to see."""
    match probe:
        case EnvVar(name):
            return Reading(found=bool(environ.get(name)))
        case HomeFile():
            return await trio.to_thread.run_sync(_file, probe, environ)
        case Command() if executable is not None:
            return await _command(probe, executable, environ)
        case Command() | Package():
            return Reading(found=False)


def _file(probe: HomeFile, environ: Mapping[str, str]) -> Reading:
    if not probe.content:
        return Reading(found=bool(matches(probe, environ)))
    data = read_log(probe, files="", environ=environ, since=0.0)
    return Reading(found=data is not None, text=(data or b"").decode(errors="replace"))


async def _command(probe: Command, executable: str, environ: Mapping[str, str]) -> Reading:
    ran = await run(probe, executable=executable, environ=environ, grace=GRACE)
    return Reading(found=True, text=f"{ran.stdout}\n{ran.stderr}", returncode=ran.returncode)


async def run(command: Command, *, executable: str, environ: Mapping[str, str], grace: float) -> Ran:
    """Run a command in an empty folder, to its end or to its time limit and ``grace`` seconds more."""
    with passing_folder("probe") as folder:
        spool = Spool(os.path.join(folder, "probe"))
        spool.make()
        spool.make_files()
        child = await start(
            f"probe-{os.path.basename(folder)}",
            (executable, *command.args),
            spool=spool,
            alive=spool.lock(),
            cwd=spool.files,
            environ=environ,
            limit=command.timeout,
            grace=grace,
        )
        ended = False
        try:
            with trio.move_on_after(command.timeout) as patience:
                await child.wait()
                ended = True
        finally:
            if not ended:  # like a job's, what a command leaves about when it ends by itself is left alone
                await child.end(grace)
        return Ran(
            stdout=spool.tail("stdout", MOST).decode(errors="replace"),
            stderr=spool.tail("stderr", MOST).decode(errors="replace"),
            returncode=spool.returncode(),
            timed_out=patience.cancelled_caught,
        )
