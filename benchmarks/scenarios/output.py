"""Jobs that print much, or for long, or that are stopped."""

import time

import bare
import system
from bench import Bench, Figures, scenario

MIB = 1024 * 1024


def _printed(bench: Bench, directive: str) -> Figures:
    with bench.open() as opened:
        alone, size = bare.run((opened.home.cli, "-p", f"[fake {directive}]"), opened.home.environ())
        system.forget_peak(opened.pid)
        memory, wrote, used = system.memory(opened.pid), system.written(opened.pid), system.cpu(opened.pid)
        begun = time.monotonic()
        job = opened.begin(directive)
        status = opened.ended(job)
        took = time.monotonic() - begun
        if status != "completed":
            raise RuntimeError(f"the job has {status}")
        return {
            "ended_ms": round(took * 1000, 1),
            "bare_ms": round(alone, 1),
            "cpu_s": round(system.cpu(opened.pid) - used, 2),
            "grown_mb": round(system.peak(opened.pid) - memory, 1),
            "written_per_byte": round((system.written(opened.pid) - wrote) / size, 3),
        } | opened.gaps()


@scenario()
def output_10(bench: Bench) -> Figures:
    """10 MiB of output in 200-byte lines, from start to end"""
    return _printed(bench, "kb=10240 line=96")


@scenario()
def output_49(bench: Bench) -> Figures:
    """49 MiB of output in 200-byte lines, from start to end"""
    return _printed(bench, "kb=50176 line=96")


@scenario()
def line_49(bench: Bench) -> Figures:
    """49 MiB of output in one line"""
    return _printed(bench, "kb=50176 line=60000 one=1")


@scenario()
def drip(bench: Bench) -> Figures:
    """10 MB printed over 10 s, a tenth of a second apart: processor time of the gateway"""
    with bench.open() as opened:
        used, wrote = system.cpu(opened.pid), system.written(opened.pid)
        job = opened.begin("kb=10240 line=1000 drip=100 pause=100")
        time.sleep(10.5)
        opened.ended(job)
        return {
            "cpu_s": round(system.cpu(opened.pid) - used, 2),
            "written_per_byte": round((system.written(opened.pid) - wrote) / (10 * MIB), 3),
        } | opened.gaps()


@scenario(durable=True)
def overflow(bench: Bench) -> Figures:
    """60 MB where 50 MiB are allowed, and then on for ever: until the process is gone, and until the job has ended"""
    with bench.open() as opened:
        system.forget_peak(opened.pid)
        memory, used = system.memory(opened.pid), system.cpu(opened.pid)
        begun = time.monotonic()
        job = opened.begin("kb=61440 line=96 hang=1")
        gone = _gone(opened.home.clis, begun)
        status = opened.ended(job)
        took = time.monotonic() - begun
        if status == "completed":
            raise RuntimeError("an overflow counts as completed")
        return {
            "gone_ms": gone,
            "ended_ms": round(took * 1000, 1),
            "cpu_s": round(system.cpu(opened.pid) - used, 2),
            "grown_mb": round(system.peak(opened.pid) - memory, 1),
        } | opened.gaps()


@scenario()
def cancel(bench: Bench) -> Figures:
    """a stop: the answer to the call, and until the CLI is gone with what it has started"""
    with bench.open() as opened:
        figures: Figures = {}
        for name, directive in (("plain", "hang=1"), ("brood", "hang=1 brood=2")):
            job = opened.begin(directive)
            while not system.running(opened.home.clis):
                time.sleep(0.005)
            time.sleep(0.2)
            begun = time.monotonic()
            figures[f"{name}_call_ms"] = round(opened.job("llm_job_cancel", job).ms, 1)
            figures[f"{name}_gone_ms"] = _gone(opened.home.clis, begun)
        return figures | opened.gaps()


def _gone(folder: str, since: float) -> float:
    """Milliseconds until no process of a folder is left; the first may still have to come."""
    while not system.running(folder) and time.monotonic() - since < 0.2:
        time.sleep(0.002)
    while system.running(folder) and time.monotonic() - since < 30:
        time.sleep(0.002)
    return round((time.monotonic() - since) * 1000, 1)
