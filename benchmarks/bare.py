"""The limits of the machine: what cannot be done quicker, however a gateway is written."""

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence


def run(words: Sequence[str], environ: Mapping[str, str], prompt: bytes = b"") -> tuple[float, int]:
    """Start a program as directly as can be, read what it prints, reap it: milliseconds and bytes."""
    out, into = os.pipe()
    given, give = os.pipe()
    begun = time.monotonic_ns()
    pid = os.posix_spawn(
        words[0],
        words,
        environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, given, 0),
            (os.POSIX_SPAWN_DUP2, into, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_CLOSE, out),
            (os.POSIX_SPAWN_CLOSE, give),
        ],
    )
    os.close(into)
    os.close(given)
    os.write(give, prompt)
    os.close(give)
    size = 0
    while data := os.read(out, 1 << 16):
        size += len(data)
    os.waitpid(pid, 0)
    took = (time.monotonic_ns() - begun) / 1e6
    os.close(out)
    return took, size


def spawn_ms(executable: str, environ: Mapping[str, str], times: int = 60) -> float:
    """The median of running the CLI bare."""
    words = (executable, "-p", "[fake]")
    return statistics.median(run(words, environ)[0] for _ in range(times))


def limits(executable: str, environ: Mapping[str, str]) -> dict[str, float]:
    """Figures of this machine, for beside those of a gateway."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        return {
            "spawn_ms": round(spawn_ms(executable, environ, 200), 3),
            "shell_ms": round(
                statistics.median(run(("/bin/sh", "-c", ":"), environ)[0] for _ in range(100)), 3
            ),
            "output_49_mb_ms": round(run((executable, "-p", "[fake kb=50176 line=200]"), environ)[0], 1),
            "append_49_mb_ms": round(_append(folder), 1),
            "file_ms": round(_files(folder), 4),
            "commit_ms": round(_commit(folder), 4),
        }


def _append(folder: str) -> float:
    piece = b"x" * (1 << 16)
    begun = time.monotonic_ns()
    with open(os.path.join(folder, "long"), "wb", buffering=0) as file:
        file.writelines(piece for _ in range(784))
    return (time.monotonic_ns() - begun) / 1e6


def _files(folder: str) -> float:
    """Milliseconds to create a file of a few bytes."""
    took = []
    for number in range(300):
        begun = time.monotonic_ns()
        with open(os.path.join(folder, str(number)), "wb", buffering=0) as file:
            file.write(b"x")
        took.append((time.monotonic_ns() - begun) / 1e6)
    return statistics.median(took)


def _commit(folder: str) -> float:
    """Milliseconds of one small transaction in SQLite's journal."""
    database = sqlite3.connect(os.path.join(folder, "db"), isolation_level=None)
    for words in ("pragma journal_mode = wal", "pragma synchronous = normal", "create table t (a, b)"):
        database.execute(words)
    took = []
    for number in range(1000):
        begun = time.monotonic_ns()
        database.execute("insert into t values (?, ?)", (number, "x" * 300))
        took.append((time.monotonic_ns() - begun) / 1e6)
    database.close()
    return statistics.median(took)
