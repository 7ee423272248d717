"""A CLI that plays a recording. It is a script: the whole path from request to answer runs for real."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Self

import trio

from gateway.testing.transcripts import Transcript

SCRIPT = """#!{python} -IS
import os, signal, sys, time
plan = {plan!r}
argv = sys.argv[1:]
if " ".join(argv) in plan["says"]:
    sys.exit(print(plan["says"][" ".join(argv)]))
if plan["expect"] is not None and argv != plan["expect"]:
    sys.stderr.write("expected %r, got %r" % (plan["expect"], argv))
    sys.exit(97)
pulse = os.open(plan["pulse"], os.O_RDWR)
sys.stdin.buffer.read()
if plan["ignore_term"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if plan["grandchild"] and os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
    os._exit(0)
os.write(pulse, b".")
for _ in range(plan["flood"] * 1024):
    os.write(1, b"~" * 1023 + b"\\n")
time.sleep(plan["delay"])
for stream, text in ((1, plan["stdout"]), (2, plan["stderr"])):
    while text:
        text = text[os.write(stream, text):]
if plan["exit"] < 0:
    os.kill(os.getpid(), -plan["exit"])
sys.exit(plan["exit"])
"""
"""At most 30 lines: what it does wrong is what is tested, and nothing else may be wrong with it.

Its sleeps are what it plays, a CLI that is slow and a grandchild that stays. No check waits for the end of one: each
ends the CLI, and waits for that.
"""


def fake_cli(
    path: str,
    transcript: Transcript,
    *,
    expect: Sequence[str] | None = None,
    says: Mapping[str, str] | None = None,
    delay: float = 0.0,
    exit: int | None = None,
    ignore_term: bool = False,
    grandchild: bool = False,
    flood: int = 0,
) -> str:
    """Write an executable that plays the transcript; its path.

    ``expect``: the arguments it insists on; it exits 97 otherwise. ``says``: what it prints for whole command
    lines, such as ``--version``. ``delay``: seconds before it prints. ``exit``: another status than the recorded
    one. ``ignore_term``: it does not end when asked to. ``grandchild``: it leaves a process in a session of its
    own, which holds stdout and ignores TERM. ``flood``: MiB of rubbish before all else.
    """
    plan = {
        "says": {"--version": "1.0.0", "--help": "", **(says or {})},
        "expect": None if expect is None else list(expect),
        "pulse": f"{path}.pulse",
        "delay": delay,
        "exit": transcript.exit if exit is None else exit,
        "ignore_term": ignore_term,
        "grandchild": grandchild,
        "flood": flood,
        "stdout": transcript.stdout,
        "stderr": transcript.stderr,
    }
    if not os.path.exists(f"{path}.pulse"):
        os.mkfifo(f"{path}.pulse", 0o600)
    with open(path, "w", encoding="utf-8") as file:
        file.write(SCRIPT.format(python=sys.executable, plan=plan))
    os.chmod(path, 0o700)
    return path


class Pulse:
    """Tells when a fake CLI has begun, and when it and all it left behind are dead.

    Every one of its processes holds a named pipe open: the reader sees the end of it with the last of them, so
    nobody needs to look at process ids, or to look twice. Open it before the CLI starts.
    """

    def __init__(self, path: str) -> None:
        self._handle = os.open(f"{path}.pulse", os.O_RDONLY | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    async def beat(self) -> None:
        """Return when the CLI has begun to work."""
        await trio.lowlevel.wait_readable(self._handle)
        os.read(self._handle, 1)

    async def still(self) -> None:
        """Return when no process of the CLI lives."""
        while await self._read():
            pass

    async def _read(self) -> bytes:
        await trio.lowlevel.wait_readable(self._handle)
        return os.read(self._handle, 1024)
