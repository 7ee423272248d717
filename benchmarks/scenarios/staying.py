"""Doing nothing, dying, and growing old."""

import time

import system
from bench import Bench, Figures, scenario
from filling import fill
from gateways import Session
from spread import quantile

ROWS = 100_000
LISTED = 20
"""Jobs that a list tells, and that there are at least."""


@scenario()
def idle(bench: Bench) -> Figures:
    """memory, processor time and wake-ups of a gateway that nobody asks for 10 s"""
    home = bench.home()
    with bench.open(home):
        pass  # what a first start leaves behind for the next ones
    with bench.open(home) as opened:
        time.sleep(2)
        used, woken = system.cpu(opened.pid), system.wakeups(opened.pid)
        time.sleep(10)
        return {
            "memory_mb": round(system.memory(opened.pid), 1),
            "cpu_s": round(system.cpu(opened.pid) - used, 3),
            "wakeups": system.wakeups(opened.pid) - woken,
        } | opened.gaps()


@scenario(durable=True)
def restart(bench: Bench) -> Figures:
    """SIGKILL with 50 jobs running, and a new start: how many end with their full output"""
    home = bench.home()
    opened = Session(bench.candidate, home, observed=True, environ={})
    opened.settle()
    jobs = opened.crowd("kb=16 drip=4 pause=800", 50)
    time.sleep(0.5)
    opened.peer.kill()
    begun = time.monotonic()
    again = Session(bench.candidate, home, observed=True, environ={})
    with again.peer as peer:
        peer.greet()  # and no more: the gaps of taking over count
        ended = again.all_ended(jobs)
        took = time.monotonic() - begun
        whole = sum("ok " in "".join(again.output(job)) for job in jobs)
        return {
            "completed": float(ended["completed"]),
            "whole_outputs": float(whole),
            "settled_ms": round(took * 1000, 1),
        } | again.gaps()


@scenario(durable=True)
def growth(bench: Bench) -> Figures:
    """status, result, list and statistics with 100,000 jobs on record, and how many times as long as with 20"""
    home = bench.home()
    with bench.open(home) as opened:
        jobs = opened.crowd("kb=4", LISTED)
        opened.all_ended(jobs)
        job = jobs[0]
        few = _looks(opened, job, bench.times(50))
    fill(home.database, bench.times(ROWS))
    with bench.open(home) as opened:
        many = _looks(opened, job, bench.times(50))
        figures = {f"{name}_p50_ms": took for name, took in many.items()}
        ratios = {f"{name}_ratio": round(many[name] / few[name], 2) for name in few}
        return figures | ratios | opened.gaps()


def _looks(opened: Session, job: str, times: int) -> Figures:
    calls = {
        "status": ("tools/call", {"name": "llm_job_status", "arguments": {"jobId": job}}),
        "result": ("tools/call", {"name": "llm_job_result", "arguments": {"jobId": job}}),
        "list": ("tools/call", {"name": "llm_job_list", "arguments": {"limit": 20}}),
        "stats": ("resources/read", {"uri": "metrics://performance"}),
        "caches": ("resources/read", {"uri": "cache_state://global"}),
    }
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, (method, params) in calls.items():
            answer = opened.peer.call(method, params)
            if not answer.result or answer.result.get("isError"):
                raise RuntimeError(f"{name}: {answer.line[:300]!r}")
            found[name].append(answer.ms)
    return {name: round(quantile(took, 0.5), 3) for name, took in found.items()}
