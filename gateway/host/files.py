"""Reads of other programs' files: bounded, and contained under a root."""

import glob
import os
import sys
from collections.abc import Mapping

from gateway.domain.probes import HomeFile, JobFile

MOST = 4 * 1024 * 1024


def read_below(root: str, path: str) -> bytes | None:
    """The file at a relative path, or None: it is missing, too large, no file, or not below the root."""
    handle = _open_below(root, path)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        data = file.read(MOST + 1)
        return data if len(data) <= MOST else None


def read_end_below(root: str, path: str) -> bytes | None:
    """The whole lines at the end of a file that may be long; None as for `read_below`."""
    handle = _open_below(root, path)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        before = max(0, os.fstat(handle).st_size - MOST)
        file.seek(before)
        data = file.read(MOST)
        return data.partition(b"\n")[2] if before else data


def _open_below(root: str, path: str) -> int | None:
    base = os.path.realpath(root)
    try:
        real = os.path.realpath(os.path.join(base, path))
        if os.path.commonpath((base, real)) != base or not os.path.isfile(real):
            return None
        return os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):  # ValueError: the path holds a NUL
        return None


def read_log(
    log: HomeFile | JobFile, *, files: str, environ: Mapping[str, str], since: float
) -> bytes | None:
    """A CLI's own log of a run: in the job's files, or the newest match below its home since the run began."""
    if isinstance(log, JobFile):
        return read_below(files, log.path)
    found = [path for path in matches(log, environ) if _changed(path) >= since]
    root = home_of(log, environ)
    return read_end_below(root, os.path.relpath(max(found, key=_changed), root)) if found else None


def matches(file: HomeFile, environ: Mapping[str, str]) -> list[str]:
    """The paths that a HomeFile may mean."""
    return glob.glob(os.path.join(glob.escape(home_of(file, environ)), file.path))


def home_of(file: HomeFile, environ: Mapping[str, str]) -> str:
    """The folder a HomeFile is relative to."""
    home = environ.get("HOME") or os.path.expanduser("~")
    if file.settings and sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support")
    if file.settings:
        return environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    return environ.get(file.root_variable) or (os.path.join(home, file.folder) if file.folder else home)


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
