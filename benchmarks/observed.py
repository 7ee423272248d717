"""Runs the gateway with an instrument in its event loop: ``observed.py FILE serve``.

The file holds two numbers, the longest time in seconds that the loop was away from its descriptors and timers: as a
clock on the wall saw it, and as the processor did. The second leaves out what other programs of a busy machine took.
"""

import mmap
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import trio
from trio.abc import Instrument

FORM = struct.Struct("dd")


class Gaps(Instrument):
    """Measures each turn of the loop, from one wait to the next."""

    def __init__(self, path: str) -> None:
        handle = os.open(path, os.O_RDWR)
        self._shared = mmap.mmap(handle, FORM.size)
        os.close(handle)
        self._wall = self._cpu = 0.0

    def after_io_wait(self, timeout: float) -> None:
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def before_io_wait(self, timeout: float) -> None:
        if not self._wall:
            return
        wall, cpu = time.perf_counter() - self._wall, time.thread_time() - self._cpu
        longest = FORM.unpack_from(self._shared)
        if wall > longest[0] or cpu > longest[1]:
            FORM.pack_into(self._shared, 0, max(wall, longest[0]), max(cpu, longest[1]))


def make(path: str) -> None:
    """A file for an instrument, with no gap in it."""
    with open(path, "wb") as file:
        file.write(FORM.pack(0.0, 0.0))


def forget(path: str) -> None:
    """Let gaps count from now on."""
    with open(path, "r+b") as file:
        file.write(FORM.pack(0.0, 0.0))


def longest(path: str) -> dict[str, float]:
    """The longest gaps so far, in milliseconds."""
    with open(path, "rb") as file:
        wall, cpu = FORM.unpack(file.read())
    return {"gap_ms": round(wall * 1000, 1), "gap_cpu_ms": round(cpu * 1000, 1)}


def command(path: str, *words: str) -> tuple[str, ...]:
    """How to run a command of the gateway with an instrument that writes to a file, which is made."""
    make(path)
    return (sys.executable, __file__, path, *words)


def main(path: str) -> None:
    plain: Callable[..., Any] = trio.run

    def run(*args: Any, **kwargs: Any) -> Any:
        return plain(*args, **kwargs, instruments=[Gaps(path)])

    trio.run = run  # type: ignore[assignment]
    from gateway.__main__ import main as gateway

    gateway()


if __name__ == "__main__":
    main(sys.argv.pop(1))
