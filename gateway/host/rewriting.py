"""Changes a file that belongs to another program: whole or not at all, and with a copy of what it was."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator

from gateway.host.spool import private_folder

MOST = 64 * 1024 * 1024
SUFFIX = ".before-gateway"


class Changed(OSError):
    """Somebody else has written the file since it was read."""


def read_whole(path: str) -> bytes | None:
    """What the file holds; None: there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{path} is no file")
        found = file.read(MOST + 1)
    if len(found) > MOST:
        raise OSError(f"{path} is too large")
    return found


def rewrite(path: str, before: bytes | None, after: bytes) -> str | None:
    """Put ``after`` in the place of ``before``. Return where a copy of that lies; None: there was no file.

    A link stays one, mode and owner stay as they were; a new file is for its owner only.
    """
    real = os.path.realpath(path)
    private_folder(os.path.dirname(real))
    if before is not None:
        with _fresh(f"{path}{SUFFIX}", before, like=real) as copy:
            os.replace(copy, f"{path}{SUFFIX}")
    with _fresh(real, after, like=real) as fresh:
        if read_whole(real) != before:
            raise Changed(f"{path} is being written by another program")
        os.replace(fresh, real)
    return None if before is None else f"{path}{SUFFIX}"


@contextlib.contextmanager
def _fresh(path: str, content: bytes, *, like: str) -> Iterator[str]:
    """A file beside ``path`` with this content, safe on disk, with the mode and the owner of another one."""
    handle, fresh = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".gateway-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            _resemble(file.fileno(), like)
            os.fsync(file.fileno())
        yield fresh
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh)


def _resemble(handle: int, like: str) -> None:
    try:
        there = os.stat(like)
    except FileNotFoundError:
        return
    os.fchmod(handle, stat.S_IMODE(there.st_mode))
    if (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(handle, there.st_uid, there.st_gid)
