"""What the system says of processes, and of the machine itself."""

import contextlib
import os
import platform
import re
import signal
import sqlite3
import sys
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MB = 1024 * 1024


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used itself."""
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / TICKS if found else 0.0


def memory(pid: int) -> float:
    """Resident megabytes."""
    found = _stat(pid)
    return int(found[21]) * PAGE / MB if found else 0.0


def forget_peak(pid: int) -> None:
    """Let the peak of a process's memory begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> float:
    """The most megabytes that were resident since the peak was forgotten."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0


def written(pid: int) -> int:
    """Bytes that a process has handed to the system, with those of its children that have ended: their output too."""
    found = re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text("ascii"))
    return int(found[1]) if found else 0


def wakeups(pid: int) -> int:
    """How often its threads have gone to sleep and were woken."""
    told = (
        Path(f"/proc/{pid}/task/{task}/status").read_text("ascii") for task in os.listdir(f"/proc/{pid}/task")
    )
    return sum(
        int(number) for text in told for number in re.findall(r"voluntary_ctxt_switches:\s+(\d+)", text)
    )


def running(folder: str) -> list[int]:
    """The living processes whose program lies below a folder."""
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    return [pid for pid in pids if _program(pid).startswith(folder) and _stat(pid)[:1] not in (["Z"], [])]


def _program(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def children(pid: int) -> int:
    """How many descendants a process has."""
    below: dict[int, list[int]] = defaultdict(list)
    for name in filter(str.isdigit, os.listdir("/proc")):
        found = _stat(int(name))
        if found:
            below[int(found[1])].append(int(name))
    todo, count = [pid], -1
    while todo:
        count += 1
        todo += below[todo.pop()]
    return count


class Others:
    """How busy everybody else keeps the machine, in percent of one processor."""

    def __init__(self) -> None:
        self._at, self._busy, self._own = time.monotonic(), _busy(), _own()

    def percent(self) -> float:
        foreign = _busy() - self._busy - (_own() - self._own)
        return round(max(0.0, foreign) / max(1e-3, time.monotonic() - self._at) * 100, 1)


def _busy() -> float:
    words = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    numbers = [int(word) for word in words]
    return (sum(numbers) - numbers[3] - numbers[4]) / TICKS


def _own() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    told = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    model = re.search(r"model name\s*:\s*(.*)", told)
    return {
        "processor": model[1] if model else platform.machine(),
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in ("trio", "mcp", "apsw", "msgspec", "pluggy")},
        "load": round(os.getloadavg()[0], 2),
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def kill(pid: int) -> None:
    """End a process that a measurement has left."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
