"""How the tools perform, from the flights: a request that was deferred, shared or retried is one request."""

from collections.abc import Sequence

import apsw
from msgspec import Struct

from gateway.store.rows import select


class ToolPerformance(Struct, frozen=True, kw_only=True, rename="camel"):
    """How requests came out, each counted once. Rates are of 1; None: nothing was timed."""

    request_count: int
    success_count: int
    failure_count: int
    average_response_time_ms: float | None
    success_rate: float
    failure_rate: float


class Performance(Struct, frozen=True, kw_only=True, rename="camel"):
    """How all requests that have ended came out."""

    total_requests: int
    total_successes: int
    total_failures: int
    overall_success_rate: float
    overall_failure_rate: float
    by_tool: dict[str, ToolPerformance]
    """By provider: version 1.7.0 gave it this name."""
    by_tool_name: dict[str, ToolPerformance]


class _Runs(Struct, frozen=True, kw_only=True):
    provider: str
    tool: str
    requests: int
    ok: int
    timed: int
    milliseconds: int


def performance(connection: apsw.Connection, principal: str | None) -> Performance:
    """Successes, failures and times of all requests that have ended."""
    runs = "tallies where (?1 is null or principal = ?1) and requests > 0 order by provider, tool"
    found = list(select(connection, _Runs, runs, principal))
    overall = _performed(found)
    return Performance(
        total_requests=overall.request_count,
        total_successes=overall.success_count,
        total_failures=overall.failure_count,
        overall_success_rate=overall.success_rate,
        overall_failure_rate=overall.failure_rate,
        by_tool=_by("provider", found),
        by_tool_name=_by("tool", found),
    )


def _by(name: str, runs: Sequence[_Runs]) -> dict[str, ToolPerformance]:
    keys = dict.fromkeys(getattr(each, name) for each in runs)
    return {key: _performed([each for each in runs if getattr(each, name) == key]) for key in keys}


def _performed(runs: Sequence[_Runs]) -> ToolPerformance:
    requests = sum(each.requests for each in runs)
    ok = sum(each.ok for each in runs)
    timed = sum(each.timed for each in runs)
    return ToolPerformance(
        request_count=requests,
        success_count=ok,
        failure_count=requests - ok,
        average_response_time_ms=sum(each.milliseconds for each in runs) / timed if timed else None,
        success_rate=ok / requests if requests else 0.0,
        failure_rate=(requests - ok) / requests if requests else 0.0,
    )
