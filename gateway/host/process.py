"""The one place that starts a process, and the one place that ends one.

Between us and the CLI stands a tiny shell. It leads a process session of its own, points the CLI at the files of
its job directory (some CLIs lose piped output), and leaves the exit status there: so a job needs nobody who
watches it. Its own standard input is the lock that says it lives; the CLI gets the prompt instead.
"""

import errno
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

import trio

from gateway.errors import GatewayError, ProviderUnavailable, TooLarge
from gateway.host import descendants
from gateway.host.spool import Spool

WRAPPER = """
trap : TERM INT HUP
directory=$1
shift
echo $$ >"$directory/pid"
"$@" <"$directory/stdin" >>"$directory/stdout" 2>>"$directory/stderr"
status=$?
echo $status >"$directory/exit.tmp" && mv "$directory/exit.tmp" "$directory/exit"
"""
"""A trap, unlike an ignored signal, is not inherited: the group's TERM ends the CLI and spares the shell."""

LAST_RESORT = 5.0
"""Seconds that the end may take after everything was killed."""
SPAWNS = trio.CapacityLimiter(8)
"""Each start takes a thread for a moment."""


class Child:
    """A supervised process."""

    def __init__(self, job_id: str, process: trio.Process, spool: Spool) -> None:
        self.job_id = job_id
        self.spool = spool
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> None:
        """Return when the CLI has ended and its status is written."""
        await self._process.wait()

    async def end(self, grace: float) -> None:
        """Ask the whole tree to end, give it ``grace`` seconds, then end it. Bounded, and not to be cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + grace + LAST_RESORT):
            known = await trio.to_thread.run_sync(descendants.descendants, self.pid)
            self._signal(signal.SIGTERM)
            with trio.move_on_after(grace):
                await self.wait()
            await trio.to_thread.run_sync(descendants.kill_all, self.job_id, known, self.pid)
            with trio.move_on_after(LAST_RESORT / 2):
                await self.wait()
            self._signal(signal.SIGKILL)
            await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the group, as long as its leader is ours: after that the number may be somebody else's."""
        if self._process.poll() is None:
            os.killpg(self.pid, number)


async def start(
    job_id: str, argv: Sequence[str], *, spool: Spool, cwd: str, environ: Mapping[str, str]
) -> Child:
    """Start a CLI on the files of its spool."""
    alive = spool.lock()
    try:
        async with SPAWNS:
            process = await trio.lowlevel.open_process(
                ["/bin/sh", "-c", WRAPPER, "sh", spool.path, *argv],
                stdin=alive,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=cwd,
                env={**environ, descendants.MARK: job_id},
                start_new_session=True,
            )
    except OSError as error:
        raise _refusal(error, argv[0], cwd) from error
    finally:
        os.close(alive)
    return Child(job_id, process, spool)


def _refusal(error: OSError, executable: str, cwd: str) -> GatewayError:
    if error.errno == errno.E2BIG:
        return TooLarge(
            "The arguments are larger than this system passes to a program.", hint="Shorten them."
        )
    if error.filename == cwd:
        return GatewayError(
            f"The CLI cannot be started in {cwd}: {error.strerror}.", hint="Choose another workingDir."
        )
    return ProviderUnavailable(f"{executable} cannot be started: {error.strerror}.", hint="Install it again.")
