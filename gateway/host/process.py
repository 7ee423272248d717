"""The one place that starts a process, and the one place that ends one.

Between us and the CLI stands a tiny shell. It leads a process session of its own, points the CLI at the files of
its job directory (some CLIs lose piped output), and leaves the exit status there: so a job needs nobody who
watches it. Its own standard input is the lock that says it lives; the CLI gets the prompt instead. A second shell
ends the job at its wall-clock limit if no gateway is left to do so.
"""

import errno
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence

import trio

from gateway.errors import GatewayError, ProviderUnavailable, TooLarge
from gateway.host import descendants
from gateway.host.spool import Spool

WRAPPER = """
trap : TERM INT HUP
directory=$1 limit=$2 grace=$3
shift 3
echo $$ >"$directory/pid"
watchdog=$(
    (
        trap 'kill $nap 2>/dev/null; exit' TERM
        sleep "$limit" >/dev/null & nap=$!
        exec >/dev/null
        wait $nap
        trap '' TERM
        umask 077
        echo timeout >"$directory/limit"
        kill -TERM -$$
        sleep "$grace"
        kill -KILL -$$
    ) </dev/null 2>/dev/null &
    echo $!
)
"$@" <"$directory/stdin" >>"$directory/stdout" 2>>"$directory/stderr"
status=$?
echo $status >"$directory/exit.tmp" && mv "$directory/exit.tmp" "$directory/exit"
test -e "$directory/limit" && kill -KILL -$$
kill $watchdog
"""
"""A trap, unlike an ignored signal, is not inherited: the group's TERM ends the CLI and spares the shell. The
substitution returns when the watchdog lets go of its output, which is when its own trap stands: before that a
signal to it would be lost, and it would stay behind."""

WATCHDOG_DELAY = 2.0
"""Seconds the watchdog waits beyond the limit: a living gateway ends the job first, and better."""
LAST_RESORT = 5.0
"""Seconds that the end may take after everything was killed."""
LIVENESS = 0.1
"""Seconds between two looks at an adopted process, where the system has no descriptor to wait for."""
NOBODY = -1
"""The pid of a process that is gone. Never 0, which would mean our own group."""
SPAWNS = trio.CapacityLimiter(8)
"""Each start takes a thread for a moment."""


class Child:
    """A supervised process: started by us, or adopted from a gateway that is gone (``process`` is None then)."""

    def __init__(self, job_id: str, pid: int, process: trio.Process | None, spool: Spool) -> None:
        self.job_id = job_id
        self.pid = pid
        self.spool = spool
        self._process = process

    async def wait(self) -> None:
        """Return when the CLI has ended and its status is written."""
        if self._process is not None:
            await self._process.wait()
            return
        await self._wait_for_stranger()

    async def _wait_for_stranger(self) -> None:
        """Wait for a process that is not our child. The lock says whether it lives, the descriptor wakes us."""
        if not self.spool.alive():
            return
        try:
            handle = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            while self.spool.alive():  # noqa: ASYNC110 - nothing tells of a stranger's end here
                await trio.sleep(LIVENESS)
            return
        try:
            while self.spool.alive():
                with trio.move_on_after(LIVENESS if _ended(handle) else 1.0):
                    await trio.lowlevel.wait_readable(handle)
                await trio.lowlevel.checkpoint()
        finally:
            os.close(handle)

    async def end(self, grace: float) -> None:
        """Ask the whole tree to end, give it ``grace`` seconds, then end it. Bounded, and not to be cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + grace + LAST_RESORT):
            known = await trio.to_thread.run_sync(descendants.descendants, self.pid) if self._lives() else []
            self._signal(signal.SIGTERM)
            with trio.move_on_after(grace):
                await self.wait()
            await trio.to_thread.run_sync(descendants.kill_all, self.job_id, known, self.pid)
            with trio.move_on_after(LAST_RESORT / 2):
                await self.wait()
            self._signal(signal.SIGKILL)
            await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the group, as long as its leader lives: after that the number may be somebody else's."""
        if self._lives() and self.pid != NOBODY:
            os.killpg(self.pid, number)

    def _lives(self) -> bool:
        return self.spool.alive() if self._process is None else self._process.poll() is None


def _ended(handle: int) -> bool:
    """Whether a pidfd says that its process is gone; the lock may take a moment longer."""
    return bool(select.select([handle], [], [], 0)[0])


async def start(
    job_id: str,
    argv: Sequence[str],
    *,
    spool: Spool,
    cwd: str,
    environ: Mapping[str, str],
    limit: float,
    grace: float = LAST_RESORT,
) -> Child:
    """Start a CLI on the files of its spool. It ends after ``limit`` seconds, whoever is there to see."""
    alive = spool.lock()
    try:
        async with SPAWNS:
            process = await trio.lowlevel.open_process(
                _wrapped(argv, spool, limit, grace),
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
    return Child(job_id, process.pid, process, spool)


def _wrapped(argv: Sequence[str], spool: Spool, limit: float, grace: float) -> list[str]:
    numbers = (f"{limit + WATCHDOG_DELAY:.0f}", f"{grace:.0f}")
    return ["/bin/sh", "-c", WRAPPER, "sh", spool.path, *numbers, *argv]


async def adopt(job_id: str, spool: Spool) -> Child:
    """Take over a process that another gateway started. It may have ended meanwhile."""
    while spool.pid() is None and spool.alive():  # noqa: ASYNC110 - its first line writes the file
        await trio.sleep(LIVENESS)
    return Child(job_id, spool.pid() or NOBODY, None, spool)


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
