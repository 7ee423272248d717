"""The state of a directory under git: its commit, and every file that differs from it."""

import hashlib
import os
import shutil
from collections.abc import Mapping

from gateway.domain.probes import Command
from gateway.host.files import MOST
from gateway.host.probes import look

TRUSTING_NOBODY = ("-c", "core.fsmonitor=")
"""A repository's own configuration may name a program for git to run."""
STATUS = ("--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")


async def state_of(directory: str, environ: Mapping[str, str]) -> str | None:
    """A hash that changes when a file does; None: not under git, so nobody can tell."""
    top, git = _top(directory), shutil.which("git", path=environ.get("PATH"))
    if top is None or git is None:
        return None
    command = Command(("-C", directory, *TRUSTING_NOBODY, *STATUS), timeout=5.0)
    reading = await look(command, executable=git, environ=environ)
    if reading.returncode != 0 or len(reading.text) >= MOST:
        return None
    changed = [os.path.join(top, path) for path in _changed(reading.text)]
    if any(map(os.path.isdir, changed)):  # a repository in the repository: git does not look into it
        return None
    return hashlib.sha256("\0".join((reading.text, *map(_stamp, changed))).encode()).hexdigest()


def _top(directory: str) -> str | None:
    """The folder of the repository, to which git's paths are relative."""
    while not os.path.exists(os.path.join(directory, ".git")):
        if directory == os.path.dirname(directory):
            return None
        directory = os.path.dirname(directory)
    return directory


def _changed(status: str) -> list[str]:
    """The paths a porcelain status names: the last word of an entry, behind its fixed number of fields."""
    fields = {"1": 8, "2": 9, "u": 10, "?": 1}
    return [
        entry.split(" ", fields[entry[0]])[-1]
        for entry in status.split("\0")
        if entry[:1] in fields and entry[1:2] == " "
    ]


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return "-"
    return f"{found.st_mtime_ns}:{found.st_size}"
