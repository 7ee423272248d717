"""The state of a directory under git: its commit, and every file that differs from it.

libgit2 looks, in a thread: quicker than a process for each request, and unlike git it starts no program that the
configuration of a repository names. What it cannot read (another kind of repository, somebody else's) nobody can tell.
"""

import hashlib
import os
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from pygit2 import Diff, DiffDelta, Repository

PATIENCE = 5.0
"""Seconds that a look may take: on a disk far away it may take for ever."""
MOST = 10_000
"""Files that may differ from what is committed."""
LOOKS = trio.CapacityLimiter(4)


async def state_of(directory: str) -> str | None:
    """A hash that changes when a file does; None: not under git, so nobody can tell."""
    with trio.move_on_after(PATIENCE):
        return await trio.to_thread.run_sync(_state, directory, abandon_on_cancel=True, limiter=LOOKS)
    return None


def _state(directory: str) -> str | None:
    from pygit2 import GitError, Repository  # takes 25 ms and 12 MB, and not everybody asks for it

    try:
        repository = Repository(directory)
        return None if repository.is_bare else _told(repository)
    except (GitError, OSError, KeyError, ValueError):
        return None


def _told(repository: "Repository") -> str | None:
    from pygit2.enums import DiffOption

    untracked = DiffOption.INCLUDE_UNTRACKED | DiffOption.RECURSE_UNTRACKED_DIRS
    differing = repository.index.diff_to_workdir(untracked | DiffOption.INCLUDE_TYPECHANGE)
    if len(differing) > MOST:
        return None
    top, told = os.fsencode(repository.workdir), hashlib.sha256(_committed(repository))
    for delta in differing.deltas:
        path = os.path.join(top, delta.new_file.raw_path)
        if os.path.isdir(path):  # a repository in the repository: nobody has looked into it
            return None
        told.update(_line(delta) + _stamp(path))
    return told.hexdigest()


def _committed(repository: "Repository") -> bytes:
    """What is checked out, and how the index differs from it."""
    if repository.head_is_unborn:
        entries = [f"{entry.path} {entry.mode} {entry.id}" for entry in repository.index]
        return "\0".join(entries).encode(errors="surrogateescape")
    head = repository.head
    staged: Diff = repository.index.diff_to_tree(head.peel().tree)
    return f"{head.name} {head.target}\0".encode() + b"".join(map(_line, staged.deltas))


def _line(delta: "DiffDelta") -> bytes:
    file = delta.new_file
    return f"{delta.status_char()} {file.mode} {file.id} ".encode() + file.raw_path + b"\0"


def _stamp(path: bytes) -> bytes:
    try:
        found = os.stat(path)
    except OSError:
        return b"-"
    return f"{found.st_mtime_ns}:{found.st_size}\0".encode()
