"""The state of a directory under git: its commit, and every file that differs from it."""

import hashlib
import os
import shutil
from collections.abc import Mapping

from gateway.domain.probes import Command
from gateway.host.probes import look

STATUS = ("--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")


async def state_of(directory: str, environ: Mapping[str, str]) -> str | None:
    """A hash that changes when a file does; None: not under git, so nobody can tell."""
    git = shutil.which("git", path=environ.get("PATH"))
    if git is None:
        return None
    reading = await look(Command(("-C", directory, *STATUS), timeout=5.0), executable=git, environ=environ)
    if reading.returncode != 0:
        return None
    digest = hashlib.sha256(reading.text.encode())
    for path in _changed(reading.text):
        digest.update(_stamp(os.path.join(directory, path)).encode())
    return digest.hexdigest()


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
