"""How the tools perform."""

from typing import Any

from gateway.store import jobs
from gateway.store.performance import Performance, ToolPerformance, performance


def test_each_request_that_has_ended_counts_once(recorder) -> None:
    book = recorder()
    book.fly(duration_ms=100)
    book.fly(duration_ms=300, mode="async", retries=2)
    book.fly(duration_ms=200, deduped=1)
    book.fly(ending="timeout")
    book.fly(tool="acme_fork", ending="cancelled", duration_ms=1000)
    book.fly(provider="other", tool="other_request", duration_ms=7)
    book.fly(ending=None)
    book.fly(principal="far")
    acme = ToolPerformance(
        request_count=4,
        success_count=3,
        failure_count=1,
        average_response_time_ms=200.0,
        success_rate=0.75,
        failure_rate=0.25,
    )
    fork = ToolPerformance(
        request_count=1,
        success_count=0,
        failure_count=1,
        average_response_time_ms=1000.0,
        success_rate=0.0,
        failure_rate=1.0,
    )
    other = ToolPerformance(
        request_count=1,
        success_count=1,
        failure_count=0,
        average_response_time_ms=7.0,
        success_rate=1.0,
        failure_rate=0.0,
    )
    both = ToolPerformance(
        request_count=5,
        success_count=3,
        failure_count=2,
        average_response_time_ms=400.0,
        success_rate=0.6,
        failure_rate=0.4,
    )
    assert performance(book.connection, "local") == Performance(
        total_requests=6,
        total_successes=4,
        total_failures=2,
        overall_success_rate=4 / 6,
        overall_failure_rate=2 / 6,
        by_tool={"acme": both, "other": other},
        by_tool_name={"acme_fork": fork, "acme_request": acme, "other_request": other},
    )


def test_without_requests_there_are_no_tools(recorder) -> None:
    assert performance(recorder().connection, None) == Performance(
        total_requests=0,
        total_successes=0,
        total_failures=0,
        overall_success_rate=0.0,
        overall_failure_rate=0.0,
        by_tool={},
        by_tool_name={},
    )


def test_a_tool_that_was_never_timed_has_no_average(recorder) -> None:
    book = recorder()
    book.fly()
    assert performance(book.connection, None).by_tool["acme"].average_response_time_ms is None


def test_everybodys_requests_may_be_counted(recorder) -> None:
    book = recorder()
    book.fly(), book.fly(principal="far")
    assert performance(book.connection, None).total_requests == 2


def test_the_performance_is_read_without_looking_at_flights(recorder) -> None:
    assert [line for line in recorder().plan(performance, "local") if "flights" in line] == []


async def test_what_is_forgotten_no_longer_counts(ledger: Any) -> None:
    for name in ("j1", "j2"):
        await ledger.begin(name)
        await ledger.finish(name, ledger.outcome())
    assert (await ledger.database.read(performance, None)).total_requests == 2
    await ledger.database.run(jobs.remove, ["j1"])
    assert (await ledger.database.read(performance, None)).total_requests == 1
    await ledger.database.run(jobs.remove, ["j2"])
    assert (await ledger.database.read(performance, None)).by_tool == {}


def test_the_sums_are_those_of_the_rows(recorder) -> None:
    book = recorder()
    for number in range(30):
        book.fly(tool=f"t{number % 3}", ending=("ok", "timeout", None)[number % 3], duration_ms=number)
    book.connection.execute("update flights set ending = 'lost', finished_at = 2.0 where ending is null")
    kept = book.connection.execute(
        "select tool, requests, ok, timed, milliseconds from tallies order by tool"
    )
    counted = (
        "select tool, count(*), sum(ending = 'ok'), count(duration_ms), sum(duration_ms) from flights"
        " group by tool order by tool"
    )
    assert kept.fetchall() == book.connection.execute(counted).fetchall()
