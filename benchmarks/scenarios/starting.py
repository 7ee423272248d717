"""From the start of the process to its first answers."""

import time

from bench import Bench, Figures, scenario
from gateways import Session
from home import Home
from spread import median

SLOW = "3000"
"""Milliseconds that a CLI may take to say its version."""


def _start(bench: Bench, home: Home, **environ: str) -> tuple[float, float, float]:
    """Milliseconds from the start to the handshake, to the list of tools and to the first answer."""
    opened = Session(bench.candidate, home, observed=False, environ=environ)
    with opened.peer as peer:
        greeted = peer.greet()
        listed = peer.call("tools/list")
        asked = opened.ask("")
        moments = (greeted.received, listed.received, asked.received)
        return tuple((moment - peer.begun) / 1e6 for moment in moments)  # type: ignore[return-value]


def _gaps(bench: Bench, home: Home, **environ: str) -> Figures:
    """How long the event loop is away in a start, of which the times do not count: the instrument takes its own."""
    opened = Session(bench.candidate, home, observed=True, environ=environ)
    with opened.peer as peer:
        peer.greet()
        peer.call("tools/list")
        opened.ask("")
        return opened.gaps()


@scenario()
def cold(bench: Bench) -> Figures:
    """start → `initialize` → `tools/list` → first answer, in a home that was used before; and in a new one"""
    home = bench.home()
    new = _start(bench, home)
    runs = [_start(bench, home) for _ in range(bench.times(10))]
    names = ("greeted_ms", "listed_ms", "first_call_ms")
    figures = {name: round(median([run[at] for run in runs]), 1) for at, name in enumerate(names)}
    figures |= {f"new_home_{name}": round(new[at], 1) for at, name in enumerate(names)}
    return figures | _gaps(bench, home)


@scenario()
def cold_slow(bench: Bench) -> Figures:
    """the same where every CLI takes 3 s to tell its version: until the tools are listed"""
    home = bench.home()
    runs = []
    for _ in range(bench.times(5)):
        opened = Session(bench.candidate, home, observed=False, environ={"FAKE_PROBE_MS": SLOW})
        with opened.peer as peer:
            peer.greet()
            listed = peer.call("tools/list")
            runs.append((listed.received - peer.begun) / 1e6)
            time.sleep(0.1)
    return {"listed_ms": round(median(runs), 1)} | _gaps(bench, home, FAKE_PROBE_MS=SLOW)
