"""Folders that are needed for a moment. One whose process was killed goes when the next one is made."""

import contextlib
import fcntl
import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.host.spool import Spool

PREFIX = "gateway-brief-"
YOUNG = 60.0
"""Seconds in which whoever makes a folder has certainly taken its lock."""


@contextmanager
def passing_folder(purpose: str) -> Iterator[str]:
    """A folder of our own that is gone at the end. It is locked for as long as its process exists."""
    for path in left_behind(PREFIX):
        if _is_free(path):
            shutil.rmtree(path, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{purpose}-") as folder:
        handle = _open(folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(handle)


def left_behind(prefix: str) -> Iterator[str]:
    """Our own temporary folders with names like this that are not quite new, be they in use or not."""
    with os.scandir(tempfile.gettempdir()) as entries:
        ours = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for path in ours:
        with contextlib.suppress(FileNotFoundError):
            found = os.lstat(path)
            old = found.st_mtime < time.time() - YOUNG
            if old and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                yield path


def _is_free(path: str) -> bool:
    """Whether neither the process that made it lives, nor one that was started in it."""
    try:
        handle = _open(path)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        paths = glob.glob(os.path.join(glob.escape(path), "*.alive"))
        return not any(Spool(path.removesuffix(".alive")).alive() for path in paths)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)


def _open(folder: str) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
