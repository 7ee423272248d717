"""A job directory, and a way to run small shell scripts as the CLI of a job."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import pytest
import trio

from gateway.host import descendants
from gateway.host.process import Child, start
from gateway.host.spool import Spool

T = TypeVar("T")

PATH = "/usr/local/bin:/usr/bin:/bin"


class Door:
    """A pipe by name. Whoever opened it for writing is known to be there, and known to be gone."""

    def __init__(self, path: str) -> None:
        self.path = path
        os.mkfifo(path)
        self._file: BinaryIO | None = None

    async def heard(self) -> bytes:
        """The first line that somebody wrote."""
        self._file = await _in_thread(lambda: open(self.path, "rb", buffering=0))  # noqa: SIM115
        return await _in_thread(self._file.readline)

    async def closed(self) -> bytes:
        """What else was written until the last writer was gone."""
        assert self._file is not None
        return await _in_thread(self._file.read)

    def close(self) -> None:
        os.close(os.open(self.path, os.O_RDWR))  # who still waits for a writer would do so for ever
        if self._file is not None:
            self._file.close()


async def _in_thread(read: Callable[[], T]) -> T:
    """What is read, unless nobody wants it any more: then the thread goes when the last writer has gone."""
    with trio.fail_after(60):
        return await trio.to_thread.run_sync(read, abandon_on_cancel=True)


class Bench:
    """One job: its spool, its door, and the script that plays its CLI."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.job_id = f"job-{folder.name}-{os.getpid()}"
        self.spool = Spool(str(folder / "state" / "jobs" / "j" / "1"))
        self.door = Door(str(folder / "door"))

    async def run(self, script: str, *, stdin: bytes = b"", limit: float = 60.0, grace: float = 1.0) -> Child:
        """Start a shell script as the CLI."""
        return await self.start("/bin/sh", "-c", script, stdin=stdin, limit=limit, grace=grace)

    async def start(
        self,
        *argv: str,
        stdin: bytes = b"",
        environ: dict[str, str] | None = None,
        cwd: str | None = None,
        limit: float = 60.0,
        grace: float = 1.0,
    ) -> Child:
        self.spool.make()
        return await start(
            self.job_id,
            argv,
            spool=self.spool,
            alive=self.spool.lock(),
            cwd=cwd or str(self.folder),
            environ={"PATH": PATH, "DOOR": self.door.path} if environ is None else environ,
            limit=limit,
            grace=grace,
            stdin=stdin,
        )

    def output(self, stream: str = "stdout") -> bytes:
        with open(self.spool.at(stream), "rb") as file:
            return file.read()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    descendants.kill_all(bench.job_id, [], spare=0)
    bench.door.close()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """No help from the user's umask."""
    before = os.umask(0)
    yield
    os.umask(before)
