"""Starts `gateway` in milliseconds: forks a process that has imported it already.

What a test kills, freezes or talks to is a process like any other; only the import, which is most of what a start
costs, was paid for by the parent. Between the two stands a keeper, which tells what became of its child.
"""

import ast
import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, Self

import trio

from gateway.cli import imports
from gateway.cli.main import main

MOST = 2**20
"""Bytes of a command line and its environment."""
HANDLES = 256
"""More than are ever open in the process that forks."""
DOOR = "warm"
STOPPED = 0x7F
"""How the system says that a process has stopped."""


class Forked:
    """A process, with what tests need of `trio.Process`."""

    def __init__(self, told: IO[bytes], streams: Mapping[str, Any]) -> None:
        self._told = told
        self.pid = int(told.readline())
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = (streams.get(name) for name in ("stdin", "stdout", "stderr"))

    async def wait(self) -> int:
        """Return when it has ended; its status."""
        while self.returncode is None:
            await self.changed()
        return self.returncode

    async def changed(self) -> None:
        """Return when it has ended or stopped."""
        await trio.lowlevel.wait_readable(self._told)
        self._hear()

    def poll(self) -> int | None:
        while self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._hear()
        return self.returncode

    def _hear(self) -> None:
        status = int(self._told.readline())
        if not os.WIFSTOPPED(status):
            self.returncode = os.waitstatus_to_exitcode(status)
            self._told.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """Kill it, and return when it has ended."""
        self.kill()
        while self.returncode is None:
            self._hear()


class Warm:
    """The process that forks: one for all that name the same folder. It ends when the last of them has left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = socket.socket(socket.AF_UNIX)
        with self._locked():
            try:
                self._socket.connect(DOOR)
            except FileNotFoundError:
                self._process = _forking()
                self._socket.connect(DOOR)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """In the folder, and alone there: the path of a socket has to be short."""
        with contextlib.chdir(self._folder), open(f"{DOOR}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with self._locked():
                os.unlink(DOOR)  # who comes now begins another one, for this one may end at any moment
        self._socket.close()
        if self._process is not None:
            self._process.wait()

    def start(self, words: Sequence[str], *, env: Mapping[str, str], cwd: str, **streams: Any) -> Forked:
        """Start a command line. A stream is what it is to `subprocess`; our end of a pipe is trio's."""
        told, tells = os.pipe()
        ours, theirs, opened = {}, [], [tells]
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            stream = streams.get(name, number)
            if stream == subprocess.PIPE:
                stream, end = os.pipe() if name == "stdin" else reversed(os.pipe())
                ours[name] = trio.lowlevel.FdStream(end)
                opened.append(stream)
            elif stream == subprocess.DEVNULL:
                stream = os.open(os.devnull, os.O_RDWR)
                opened.append(stream)
            theirs.append(stream)
        asked = repr((list(words), dict(env), cwd)).encode()
        socket.send_fds(self._socket, [asked], [*theirs, tells])
        for handle in opened:
            os.close(handle)
        return Forked(open(told, "rb", buffering=0), ours)


def _forking() -> subprocess.Popen[bytes]:
    """A process that forks, for whoever knocks at the door in this folder."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(DOOR)
        door.listen()
        command = [sys.executable, "-P", __file__, str(door.fileno())]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.Popen(command, pass_fds=[door.fileno()], env=env)


def requests(door: socket.socket) -> Iterator[tuple[bytes, list[int]]]:
    """What is asked, with the handles that come along, until all who came in have left."""
    inside = [door.accept()[0]]
    while inside:
        for each in select.select([door, *inside], [], [])[0]:
            if each is door:
                inside.append(door.accept()[0])
                continue
            asked, handles, _, _ = socket.recv_fds(each, MOST, 4)
            if asked:
                yield asked, handles
            else:
                inside.remove(each)


def fork_for_ever(door: socket.socket) -> None:
    """Fork for each request. Returns in the forks alone, each of which has become what was asked for."""
    keepers: list[int] = []
    for asked, handles in requests(door):
        keepers = [keeper for keeper in keepers if os.waitpid(keeper, os.WNOHANG)[0] == 0]
        if keeper := os.fork():
            keepers.append(keeper)
        elif child := os.fork():
            keep(child, handles)
        else:
            become(*ast.literal_eval(asked.decode()), handles)
            return
        for handle in handles:
            os.close(handle)
    sys.exit()


def keep(child: int, handles: Sequence[int]) -> NoReturn:
    """Tell that a child is there, each time that it stops, and how it ends."""
    tells = handles[-1]
    os.closerange(3, tells)
    os.closerange(tells + 1, HANDLES)
    os.write(tells, b"%d\n" % child)
    status = STOPPED
    while os.WIFSTOPPED(status):
        _, status = os.waitpid(child, os.WUNTRACED)
        os.write(tells, b"%d\n" % status)
    os._exit(0)


def become(words: Sequence[str], env: Mapping[str, str], cwd: str, handles: Sequence[int]) -> None:
    """Take on the command line and the surroundings of a process that was started with these."""
    for number in range(3):
        os.dup2(handles[number], number)
    os.closerange(3, HANDLES)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv[:] = ["gateway", *words]
    sys.path[:0] = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)


def run() -> NoReturn:
    """Run the command line. To take apart what was imported would be most of what a short one costs."""
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code)
    sys.exit()


if __name__ == "__main__":
    with imports.kept():
        import gateway.server.app  # noqa: F401 - as every server will
    fork_for_ever(socket.socket(fileno=int(sys.argv[1])))
    run()
