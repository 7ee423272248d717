"""Finds the processes that a job has left about: its descendants, and whatever carries its mark."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator

import psutil

MARK = "GATEWAY_JOB"
"""Environment variable that every process of a job inherits, whatever session it moves to."""
DYING = 1.0
"""Seconds that killed processes have to be gone."""
QUIET = 2
"""Looks in a row that have to find nothing: one may miss what forks and ends while it goes through the processes."""


def descendants(pid: int) -> list[psutil.Process]:
    """The living descendants of a process. Ask before it ends: orphans have another parent."""
    try:
        children: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def marked(job_id: str) -> list[psutil.Process]:
    """Every process of ours that carries the job's mark."""
    return list(_carriers(job_id, set()))


def _carriers(job_id: str, strangers: set[int]) -> Iterator[psutil.Process]:
    """The living processes with the job's mark, newest first: what forks now is found before it has forked again.

    Those that carry another environment join the ``strangers``, who are not looked at.
    """
    strangers.add(os.getpid())
    for pid in sorted(set(psutil.pids()) - strangers, reverse=True):
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            environ = process.environ()
            if environ.get(MARK) == job_id and _lives(process):
                yield process
            elif environ:  # there is none for a moment while a program is being loaded
                strangers.add(pid)


def kill(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal processes, each only if it is still the one that was found."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def kill_all(job_id: str, known: list[psutil.Process], spare: int) -> None:
    """End everything of a job that is left, for good, and wait until it is gone. Call it in a thread.

    What forks while we look is found by the next look. The wrapper is spared: it has the status to write.
    """
    doomed, strangers, quiet = {each for each in known if each.pid != spare}, {spare}, 0
    kill(doomed, signal.SIGKILL)
    deadline = time.monotonic() + DYING
    while quiet < QUIET and time.monotonic() < deadline:
        found = _killed(_carriers(job_id, strangers))
        doomed = found | {each for each in doomed if _lives(each)}
        quiet = 0 if doomed else quiet + 1
        time.sleep(DYING / 200 if doomed and not found else 0)


def _killed(processes: Iterator[psutil.Process]) -> set[psutil.Process]:
    """Kill processes, each as soon as it is found."""
    found = set()
    for process in processes:
        kill([process], signal.SIGKILL)
        found.add(process)
    return found


def _lives(process: psutil.Process) -> bool:
    """Whether a process can still do something. A zombie cannot: it waits for a parent that may never look."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
