"""The shell between us and a CLI, and the watchdog that ends a job at its wall-clock limit where no gateway does."""

import fcntl
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from msgspec import Struct

WRAPPER = """
trap '' TERM INT HUP
cd "$3" || exit
echo "pid $$" >&0
(
    read -t "$1" ended <&9
    case $? in 0) exit ;; 2) read ended <&9 && exit ;; esac
    umask 077
    echo timeout >"$0.limit"
    kill -TERM -$$
    sleep "$2"
    kill -KILL -$$
) </dev/null 2>/dev/null 7<&- &
trap : TERM INT HUP
shift 3
"$@" <&7 >>"$0.stdout" 2>>"$0.stderr" 7<&- 8>&- 9>&-
echo "exit $?" >&0
test -e "$0.limit" && kill -KILL -$$
echo ended >&8
"""
"""The input of the CLI comes at descriptor 7. The watchdog waits for a word from the shell, which comes from
descriptor 8 to 9, and a read that fails means that none came in time. Shells that know of ``-t`` keep the time
themselves; for those that do not, and say 2, it runs out in the socket. Nobody has to be there for that, and no
process but the watchdog. It has both ends itself, so that it is left alone by the death of the shell. It inherits the
ignored signals: the limit holds too where whoever sent the group's TERM is gone before the CLI is. A trap is not
inherited: that TERM ends the CLI and spares the shell. What the names of the files begin with is ``$0``: a variable of the shell would be
handed on to a CLI whose environment has one of that name."""

WATCHDOG_DELAY = 2.0
"""Seconds the watchdog waits beyond the limit: a living gateway ends the job first, and better."""
SHELL = "/bin/sh"
FREE = 10
"""The first descriptor that no shell gives a name to."""


class Wrapped(Struct, frozen=True):
    """A command line of the shell."""

    argv: list[str]
    name: str
    """The CLI, as people call it."""
    seconds: int
    """What the watchdog waits."""


def wrapped(argv: Sequence[str], path: str, cwd: str, *, limit: float, grace: float) -> Wrapped:
    """The shell's words for a CLI whose files' names begin with ``path``, that is to end after ``limit`` seconds, and has ``grace`` seconds to do so."""
    seconds = round(limit + WATCHDOG_DELAY)
    words = [SHELL, "-c", WRAPPER, path, f"{seconds}", f"{grace:.0f}", cwd, *argv]
    return Wrapped(words, os.path.basename(argv[0]), seconds)


@contextmanager
def watch(seconds: int) -> Iterator[list[tuple[int, int]]]:
    """The descriptors of a watchdog, each with its number in the shell. A read of the second waits so long at most."""
    with ExitStack() as held:
        ends = [held.enter_context(end) for end in socket.socketpair()]
        ends[1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0))
        handles = [held.enter_context(beyond(end.fileno())) for end in ends]
        yield list(zip(handles, (8, 9), strict=True))


@contextmanager
def beyond(handle: int) -> Iterator[int]:
    """The same under a number that nothing else gets in a new process, which would take its place there."""
    copy = handle if handle >= FREE else fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, FREE)
    try:
        yield copy
    finally:
        if copy != handle:
            os.close(copy)
