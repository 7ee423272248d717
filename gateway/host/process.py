"""The one place that starts a process, and the one place that ends one.

Between us and the CLI stands a tiny shell (`gateway/host/wrapper.py`). It leads a process session of its own, points
the CLI at the files of its job directory (some CLIs lose piped output), and leaves the exit status there: so a job
needs nobody who watches it. Its own standard input is the lock that says it lives; the CLI gets the prompt instead,
from a file without a name.
"""

import contextlib
import errno
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import trio

from gateway.errors import GatewayError, InvalidRequest, ProviderUnavailable, TooLarge
from gateway.host import descendants
from gateway.host.spool import Spool, private_folder, unnamed
from gateway.host.wrapper import Wrapped, beyond, watch, wrapped

LAST_RESORT = 5.0
"""Seconds that the end may take after everything was killed."""
LIVENESS = 0.1
"""Seconds between two looks at what the system has no descriptor to wait for."""
FIRST_LINE = 5.0
"""Seconds in which the shell of a run says its number."""
NOBODY = -1
"""The pid of a process that is gone, or never said it. Never 0, which would mean our own group."""
SPAWNING = trio.Lock()
"""One process is started in each turn of the event loop: each takes some tenths of a millisecond, in any thread."""
DEFAULTS = (
    signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT
)  # fmt: skip
"""Signals that a CLI finds as a login shell would have left them."""
LET_GO: set[int] = set()
"""Children of ours that nobody here waits for."""


class Child:
    """A supervised process: started by us, or adopted from a gateway that is gone."""

    def __init__(self, job_id: str, pid: int, spool: Spool, *, ours: bool) -> None:
        self.job_id = job_id
        self.pid = pid
        self.spool = spool
        self._unreaped = ours

    async def wait(self) -> None:
        """Return when the CLI has ended and its status is written."""
        with self.ending() as ended:
            await ended()

    @contextmanager
    def ending(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """What `wait` waits for. It may be given up and awaited again."""
        handle = self._handle()
        try:
            yield partial(self._ended, handle)
        finally:
            if handle is not None:
                os.close(handle)

    def _handle(self) -> int | None:
        """A descriptor that tells of the end; None: the end is there, or the system has no such thing."""
        try:
            return os.pidfd_open(self.pid) if self._lives() else None
        except (AttributeError, OSError):
            return None

    async def _ended(self, handle: int | None) -> None:
        if handle is None:
            await self._wait_without_handle()
        elif self._lives():  # else the number may be somebody else's by now
            await trio.lowlevel.wait_readable(handle)
        self._reap()

    async def _wait_without_handle(self) -> None:
        """Wait where the system has no descriptor for a process, as on macOS. Before 3.13 it has no waitid either."""
        while self.spool.alive():  # noqa: ASYNC110 - nothing tells of the end of a lock
            await trio.sleep(LIVENESS)

    def _reap(self) -> None:
        if self._unreaped:
            os.waitpid(self.pid, 0)
            self._unreaped = False

    def let_go(self) -> None:
        """Somebody else follows the process from here on. It stays our child: it is reaped when it has ended."""
        if self._unreaped:
            LET_GO.add(self.pid)

    async def end(self, grace: float) -> None:
        """Ask the whole tree to end, give it ``grace`` seconds, then end it. Bounded, and not to be cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + grace + LAST_RESORT):
            known = await trio.to_thread.run_sync(descendants.descendants, self.pid) if self._leads() else []
            self._signal(signal.SIGTERM)
            with trio.move_on_after(grace):
                await self.wait()
            await trio.to_thread.run_sync(descendants.kill_all, self.job_id, known, self.pid)
            with trio.move_on_after(LAST_RESORT / 2):
                await self.wait()
            self._signal(signal.SIGKILL)
            await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the group, as long as its leader is there: after that the number may be somebody else's."""
        if self._leads():
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: all of it are zombies
                os.killpg(self.pid, number)

    def _leads(self) -> bool:
        return self._lives() and self.pid != NOBODY

    def _lives(self) -> bool:
        return self._unreaped or self.spool.alive()


def _reap_those_let_go() -> None:
    for pid in tuple(LET_GO):
        if os.waitpid(pid, os.WNOHANG)[0]:
            LET_GO.remove(pid)


@asynccontextmanager
async def starting(folder: str) -> AsyncIterator[None]:
    """One gateway at a time may start a process for the job of this folder; the others wait.

    Whoever takes a job over waits here too: its last owner has then started the process, or never will.
    """
    _reap_those_let_go()
    handle = _folder(folder)
    try:
        while not _locked(handle):  # noqa: ASYNC110 - nothing tells of a file's lock
            await trio.sleep(LIVENESS)
        yield
    finally:
        os.close(handle)


def _folder(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        private_folder(path)
        return _folder(path)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def start(
    job_id: str,
    argv: Sequence[str],
    *,
    spool: Spool,
    alive: int,
    cwd: str,
    environ: Mapping[str, str],
    limit: float,
    grace: float = LAST_RESORT,
    stdin: bytes = b"",
) -> Child:
    """Start a CLI on the files of its spool. It ends after ``limit`` seconds, whoever is there to see.

    ``alive`` is the descriptor that locks the spool; it is closed here. No disk is waited for.
    """
    try:
        if not os.path.isdir(cwd):
            raise InvalidRequest(
                f"The CLI cannot be started in {cwd}: No such file or directory.",
                hint="Choose another workingDir.",
            )
        words = wrapped(argv, spool.path, cwd, limit=limit, grace=grace)
        async with SPAWNING:
            pid = _spawn(words, {**environ, descendants.MARK: job_id}, alive, stdin)
    finally:
        os.close(alive)
    return Child(job_id, pid, spool, ours=True)


def _spawn(words: Wrapped, environ: Mapping[str, str], alive: int, stdin: bytes) -> int:
    """Start a program in a session of its own, and keep nothing of it but its number.

    A Popen object would want to be waited for; our processes may outlive us.
    """
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    try:
        with unnamed(stdin) as prompt, beyond(prompt) as given, watch(words.seconds) as ends:
            return os.posix_spawn(
                words.argv[0],
                words.argv,
                environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, alive, 0),
                    *nowhere,
                    (os.POSIX_SPAWN_DUP2, given, 7),
                    *((os.POSIX_SPAWN_DUP2, end, name) for end, name in ends),
                ],
                setsid=True,
                setsigmask=[],
                setsigdef=DEFAULTS,
            )
    except OSError as error:
        raise _refusal(error, words.name) from error


async def adopt(job_id: str, spool: Spool) -> Child:
    """Take over a process that another gateway started. It may have ended meanwhile.

    One that never says its number, for its directory may be on a disk that hangs, is known by its lock and its mark.
    """
    with trio.move_on_after(FIRST_LINE):
        while spool.pid() is None and spool.alive():  # noqa: ASYNC110 - its first line writes the file
            await trio.sleep(LIVENESS)
    return Child(job_id, spool.pid() or NOBODY, spool, ours=False)


def _refusal(error: OSError, name: str) -> GatewayError:
    if error.errno == errno.E2BIG:
        return TooLarge(
            "The arguments are larger than this system passes to a program.", hint="Shorten them."
        )
    return ProviderUnavailable(f"{name} cannot be started: {error.strerror}.", hint="Try again.")
