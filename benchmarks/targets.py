"""What the gateway is to reach: bounds in this run's own terms, and 1.7.0's figures to compare with."""

from collections import defaultdict
from typing import Any, NamedTuple

from spread import median

REFERENCE_SPAWN = 0.49
"""Milliseconds that running the CLI bare took where the figures of 1.7.0 were measured."""


class Target(NamedTuple):
    """A bound of one figure. ``of`` is 1.7.0's figure that ``bound`` is a multiple of; None: the bound is absolute."""

    what: str
    scenario: str
    figure: str
    unit: str
    bound: float
    of: float | None = None
    least: bool = False
    known: float | None = None
    """What 1.7.0 took, where the bound is not a multiple of it."""

    def limit(self, slower: float) -> float:
        """The bound on a machine on which starting a program takes so many times as long."""
        if self.of is None:
            return self.bound
        return self.bound * (self.of / slower if self.least else self.of * slower)

    def met(self, figure: float, slower: float) -> bool:
        return figure >= self.limit(slower) if self.least else figure <= self.limit(slower)


TARGETS = (
    Target("start → `tools/list` answered", "cold", "listed_ms", "ms", 0.25, 276.0),
    Target("the same, where each CLI takes 3 s for `--version`", "cold_slow", "listed_ms", "ms", 0.25, 276.0),
    Target("first `tools/call` answered after the start", "cold", "first_call_ms", "ms", 1.5, 276.0 + 1005.0),
    Target("sync request beyond the bare CLI, median", "sync", "beyond_p50_ms", "ms", 8.0, known=1005.0),
    Target("sync request beyond the bare CLI, 99 %", "sync", "beyond_p99_ms", "ms", 40.0, known=1011.0),
    Target("200 sync requests at once", "sync_200", "all_ms", "ms", 0.8, 1440.0),
    Target(
        "1,000 jobs of 1 ms, started and ended",
        "throughput",
        "first_ended_per_s",
        "/s",
        1.0,
        322.0,
        least=True,
    ),
    Target("the same, and their answers fetched", "throughput", "first_per_s", "/s", 1.0, 322.0, least=True),
    Target("identical request joins a run, median", "dedup", "join_p50_ms", "ms", 2.0, known=0.8),
    Target("identical request, answer reused, median", "dedup", "hit_p50_ms", "ms", 2.0, known=0.8),
    Target("49 MiB in lines, start → ended", "output_49", "ended_ms", "ms", 500.0, known=19_100.0),
    Target("49 MiB in lines, memory growth", "output_49", "grown_mb", "MB", 10.0, known=665.0),
    Target("49 MiB in one line, start → ended", "line_49", "ended_ms", "ms", 500.0),
    Target("49 MiB in one line, memory growth", "line_49", "grown_mb", "MB", 10.0),
    Target("bytes written per byte of output", "output_49", "written_per_byte", "", 1.1, known=28.0),
    Target("overflow: cap passed → process gone", "overflow", "gone_ms", "ms", 700.0, known=18_900.0),
    Target("10 MB over 10 s, processor time", "drip", "cpu_s", "s", 0.3, known=2.2),
    Target("status, 200 jobs streaming, median", "status_200", "streaming_p50_ms", "ms", 1.0, known=0.94),
    Target("status, 200 jobs streaming, 99 %", "status_200", "streaming_p99_ms", "ms", 20.0, known=30.0),
    Target(
        "SIGKILL with 50 running: whole outputs", "restart", "whole_outputs", "", 50.0, least=True, known=0.0
    ),
    Target("idle memory", "idle", "memory_mb", "MB", 75.0, known=82.0),
    Target("idle processor time in 10 s", "idle", "cpu_s", "s", 0.02, known=0.08),
    Target("memory growth over 2,000 jobs", "throughput", "grown_mb", "MB", 15.0, known=69.0),
    *(
        Target(f"{name} with 100,000 jobs on record, times with 20", "growth", f"{name}_ratio", "×", 2.0)
        for name in ("status", "result", "list", "stats")
    ),
)
GAP = 25.0
"""Milliseconds that the event loop may be away, in every scenario."""
QUIET = 10.0
"""Percent of one processor that others may use where a clock on the wall is believed."""


def longest(told: dict[str, Any]) -> dict[tuple[str, str], float]:
    """How long the event loop was away at most, by scenario and clock.

    The processor's clock counts in every repetition; what it saw, we did. A clock on the wall also sees waiting for
    the system, and what other programs took: it counts where they took little, and of its repetitions the median.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for run in told["runs"]:
        for name, value in run.get("figures", {}).items():
            if name == "gap_cpu_ms" or (name == "gap_ms" and run["others_percent"] <= QUIET):
                found[run["scenario"], name].append(value)
    return {
        (scenario, name): max(values) if name == "gap_cpu_ms" else median(values)
        for (scenario, name), values in found.items()
    }


def missed(told: dict[str, Any]) -> list[str]:
    """The scenarios in which the event loop was away for too long, each in one line."""
    clocks = {"gap_cpu_ms": "of the processor", "gap_ms": "on the wall"}
    return [
        f"{scenario}: the event loop was away for {gap:g} ms {clocks[name]}; at most {GAP:g} ms are allowed"
        for (scenario, name), gap in longest(told).items()
        if gap > GAP
    ]


def slower(told: dict[str, Any]) -> float:
    """How many times as long a bare CLI took in this run as where 1.7.0 was measured."""
    return median([run["bare_ms"] for run in told["runs"]]) / REFERENCE_SPAWN
