"""Many jobs at once."""

import random
import time

import system
from bench import Bench, Figures, scenario
from gateways import Session
from spread import told

STREAM = "kb=300 drip=300 pause=50 hang=1"


def _at_once(bench: Bench, count: int) -> Figures:
    with bench.open() as opened:
        begun = time.monotonic()
        jobs = opened.crowd("sleep=1000 kb=4", count)
        started = time.monotonic()
        _complete(opened, jobs)
        return {
            "started_ms": round((started - begun) * 1000, 1),
            "all_ms": round((time.monotonic() - begun) * 1000, 1),
        } | opened.gaps()


def _complete(opened: Session, jobs: list[str]) -> None:
    ended = opened.all_ended(jobs)
    if ended != {"completed": len(jobs)}:
        raise RuntimeError(f"not all have completed: {dict(ended)}")


@scenario()
def jobs_50(bench: Bench) -> Figures:
    """50 jobs of 1 s at once: until all are started, and until all have ended"""
    return _at_once(bench, 50)


@scenario()
def jobs_200(bench: Bench) -> Figures:
    """200 jobs of 1 s at once"""
    return _at_once(bench, 200)


@scenario()
def jobs_500(bench: Bench) -> Figures:
    """500 jobs of 1 s at once"""
    return _at_once(bench, 500)


@scenario()
def throughput(bench: Bench) -> Figures:
    """1,000 jobs of 1 ms, started, ended and fetched; then 1,000 more: jobs a second, memory"""
    count = bench.times(1000)
    with bench.open(observed=False) as opened:
        figures = {"memory_mb": round(system.memory(opened.pid), 1)}
        for name in ("first", "second"):
            used, begun = system.cpu(opened.pid), time.monotonic()
            ended = _through(opened, count)
            figures[f"{name}_ended_per_s"] = round(count / (ended - begun), 1)
            figures[f"{name}_per_s"] = round(count / (time.monotonic() - begun), 1)
            figures[f"{name}_cpu_ms"] = round((system.cpu(opened.pid) - used) / count * 1000, 2)
        figures["grown_mb"] = round(system.memory(opened.pid) - figures["memory_mb"], 1)
    if not bench.candidate.ours:
        return figures
    with bench.open() as observed:  # another one: in so many turns of the loop the instrument takes its time
        _through(observed, count)
        return figures | observed.gaps()


def _through(opened: Session, count: int) -> float:
    """So many jobs, from their start to their answers; when all had ended."""
    jobs = opened.crowd("kb=4", count)
    _complete(opened, jobs)
    ended = time.monotonic()
    asked = ({"name": "llm_job_result", "arguments": {"jobId": job}} for job in jobs)
    opened.peer.calls(asked, at_once=16)
    return ended


@scenario()
def status_200(bench: Bench) -> Figures:
    """looking at a job while 200 run silently, and while 200 print 1 KiB every 50 ms"""
    with bench.open(observed=False) as opened:
        quiet = _looks(opened, opened.crowd("hang=1", 200), bench.times(300))
    with bench.open(observed=False) as opened:
        busy = _looks(opened, opened.crowd(STREAM, 200), bench.times(500))
    figures = told("silent", quiet) | told("streaming", busy)
    if not bench.candidate.ours:
        return figures
    with bench.open() as observed:
        _looks(observed, observed.crowd(STREAM, 200), bench.times(500))
        return figures | observed.gaps()


def _looks(opened: Session, jobs: list[str], times: int) -> list[float]:
    time.sleep(1)
    chosen = random.Random(1)
    found = []
    for _ in range(times):
        found.append(opened.job("llm_job_status", chosen.choice(jobs)).ms)
        time.sleep(0.005)
    return found
