"""The files of one run, in the private folder of its job. What the process reads and writes lies here and outlives us.

stdout       what the CLI printed, as it was
stderr
alive        locked for as long as the wrapper lives. What it was started with is in there, then it writes its pid and,
             when all is over, the CLI's exit status: the only truth about the end
log          what the CLI told of the run in a file of its own, kept before the files go
files/       temporary files of the launch and directories the CLI writes to, if any; removed after the end

Each name has that of the run before it, such as ``1.stdout``. A folder for each run would cost more than all of its files:
where others delete many files, making one takes a file system milliseconds.
"""

import contextlib
import fcntl
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
CHUNK = 256 * 1024
NAMES = ("stdout", "stderr", "alive", "limit", "log", "answer")
"""The files that a run may have, in the order in which they are made."""
Stream = Literal["stdout", "stderr"]

DEADLY = frozenset({1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 15})
"""Signals that end a process. A shell tells them as 128+n, but some CLIs exit with such numbers by themselves."""


def write_private(path: str, content: bytes) -> None:
    """Write a file that only its owner may read, from its first byte."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        write_all(handle, content)
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes) -> None:
    """Write to a descriptor, in as many pieces as it takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def replace_private(path: str, content: bytes) -> None:
    """Write a private file in one step: whoever reads it meanwhile, or after a crash, finds it whole or not at all."""
    fresh = f"{path}.{uuid.uuid4().hex}"
    write_private(fresh, content)
    os.replace(fresh, path)


def private_folder(path: str) -> None:
    """Make a folder, and those above it that are missing, for its owner only."""
    with contextlib.suppress(FileExistsError):
        try:
            os.mkdir(path, PRIVATE_FOLDER)
        except FileNotFoundError:
            private_folder(os.path.dirname(path))
            os.mkdir(path, PRIVATE_FOLDER)


def _create(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))


@contextmanager
def unnamed(content: bytes) -> Iterator[int]:
    """A file without a name, to be handed on to a process. Where there is such, it is in memory: nothing to remove."""
    handle = _unnamed()
    try:
        write_all(handle, content)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Lock what no wrapper has locked. Those who look at it just now share it, and are gone in a moment."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(handle, fcntl.LOCK_EX)


def _unnamed() -> int:
    if sys.platform == "linux":
        with contextlib.suppress(
            AttributeError, OSError
        ):  # a Python for older systems lacks it, some systems forbid it
            return os.memfd_create("stdin")
    handle, path = tempfile.mkstemp()
    os.unlink(path)
    return handle


class Spool:
    """One run. The names of all its files begin with ``path``."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.folder = os.path.dirname(path)
        self.files = self.at("files")

    def make(self) -> None:
        """Create everything the process will write to, so that it is private whatever the process does."""
        for name in ("stdout", "stderr"):
            path = self.at(name)
            try:
                _create(path)
            except FileNotFoundError:
                private_folder(self.folder)
                _create(path)

    def make_files(self) -> None:
        """Create the folder for what is neither input nor output."""
        os.mkdir(self.files, PRIVATE_FOLDER)

    def at(self, name: str) -> str:
        """Where a file of the run lies."""
        return f"{self.path}.{name}"

    def lock(self, record: bytes = b"") -> int:
        """A descriptor that holds the lock of the living. Whoever inherits it keeps it.

        ``record`` is a line that says what is about to be started: it is there before there is a process.
        """
        handle = os.open(self.at("alive"), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            _lock(handle)
            write_all(handle, record)
        except OSError:
            os.close(handle)
            raise
        return handle

    def record(self) -> bytes | None:
        """What `lock` was told, once the whole line is there."""
        line, newline, _ = (self._read("alive") or b"").partition(b"\n")
        return line if newline else None

    def alive(self) -> bool:
        """Whether the wrapper still lives: no pid is asked, so none can be mistaken for another.

        Those who look share the lock for a moment, so that they never take one another for the wrapper.
        """
        try:
            handle = os.open(self.at("alive"), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def begun(self) -> bool:
        """Whether a process was ever started here."""
        return self.alive() or self.pid() is not None or self.returncode() is not None

    def clear(self) -> None:
        """Remove everything: the attempt is about to be made anew. What `make` makes first goes last: as long as it is
        there, nobody takes what is left for new.
        """
        shutil.rmtree(self.files, ignore_errors=True)
        for name in reversed(NAMES):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.at(name))

    def returncode(self) -> int | None:
        """The exit status; negative: the signal that killed the CLI; None: there is none."""
        status = self._told("exit")
        return 128 - status if status is not None and status - 128 in DEADLY else status

    def pid(self) -> int | None:
        """The wrapper's process id, which is also its group's."""
        return self._told("pid")

    def _told(self, word: str) -> int | None:
        """What the wrapper wrote behind a word, once the whole line is there."""
        found = re.search(rb"^%b (\d+)\n" % word.encode(), self._read("alive") or b"", re.MULTILINE)
        return None if found is None else int(found[1])

    def _read(self, name: str) -> bytes | None:
        try:
            handle = os.open(self.at(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return b"".join(iter(lambda: os.read(handle, CHUNK), b""))
        finally:
            os.close(handle)

    def timed_out(self) -> bool:
        """Whether the watchdog ended the job."""
        return os.path.exists(self.at("limit"))

    def size(self, stream: Stream) -> int:
        try:
            return os.stat(self.at(stream)).st_size
        except FileNotFoundError:
            return 0

    def printed_at(self) -> float | None:
        """Unix time of the last output; None: nothing was started."""
        try:
            return max(os.stat(self.at(stream)).st_mtime for stream in ("stdout", "stderr"))
        except FileNotFoundError:
            return None

    def read(self, stream: Stream, offset: int, most: int) -> bytes:
        """At most so many bytes from an offset on; nothing where the stream is not there."""
        try:
            handle = os.open(self.at(stream), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        try:
            return os.pread(handle, most, offset)
        finally:
            os.close(handle)

    def tail(self, stream: Stream, most: int) -> bytes:
        """The last bytes of a stream."""
        size = self.size(stream)
        return self.read(stream, max(0, size - most), most) if size else b""

    def keep_log(self, content: bytes) -> None:
        """Keep the CLI's own log, for a gateway that has to fold the run once more."""
        fresh = self.at(f"log.{os.getpid()}")
        write_private(fresh, content)
        os.replace(fresh, self.at("log"))

    def kept_log(self) -> bytes | None:
        return self._read("log")

    def tidy(self) -> None:
        """Remove what only the process needed: temporary files may hold secrets of the configuration."""
        if os.path.isdir(self.files):
            shutil.rmtree(self.files, ignore_errors=True)
