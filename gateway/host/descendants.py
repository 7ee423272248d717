"""Finds the processes that a job has left about: its descendants, and whatever carries its mark."""

import contextlib
import os
import signal
import time

import psutil

MARK = "GATEWAY_JOB"
"""Environment variable that every process of a job inherits, whatever session it moves to."""
DYING = 1.0
"""Seconds that killed processes have to be gone."""


def descendants(pid: int) -> list[psutil.Process]:
    """The living descendants of a process. Ask before it ends: orphans have another parent."""
    try:
        children: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def marked(job_id: str) -> list[psutil.Process]:
    """Every process of ours that carries the job's mark."""
    return [process for process in psutil.process_iter() if _carries(process, job_id)]


def _carries(process: psutil.Process, job_id: str) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return process.pid != os.getpid() and process.environ().get(MARK) == job_id and _lives(process)
    return False


def kill(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Signal processes, each only if it is still the one that was found."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def kill_all(job_id: str, known: list[psutil.Process], spare: int) -> None:
    """End everything of a job that is left, for good, and wait until it is gone. Call it in a thread.

    The wrapper is spared: it has the status to write.
    """
    doomed = [process for process in (*known, *marked(job_id)) if process.pid != spare]
    kill(doomed, signal.SIGKILL)
    deadline = time.monotonic() + DYING
    while any(map(_lives, doomed)) and time.monotonic() < deadline:
        time.sleep(DYING / 200)


def _lives(process: psutil.Process) -> bool:
    """Whether a process can still do something. A zombie cannot: it waits for a parent that may never look."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
