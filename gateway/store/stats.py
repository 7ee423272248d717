"""What the flight recorder tells: single flights, lists of them, sums by day and provider."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import apsw
from msgspec import Struct

from gateway.domain.flights import Flight
from gateway.domain.outcome import Ending
from gateway.errors import InvalidRequest
from gateway.store.rows import select

BODIES = frozenset({"prompt", "answer"})
NAMED = 5
"""How many ids are named to somebody who gave the beginning of several."""


class Tally(Struct, frozen=True, kw_only=True):
    """Flights in numbers. A sum is of what is known; None: nothing is."""

    requests: int
    ok: int
    failed: int
    deduped: int
    """Those that shared another one's run. They used nothing of their own."""
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    tokens_unknown: int
    """Runs of which input or output is not known."""
    cost_usd: float | None
    cost_unknown: int
    """Runs whose cost is not known."""

    @property
    def running(self) -> int:
        return self.requests - self.ok - self.failed


class Daily(Tally, frozen=True, kw_only=True):
    """One provider's flights of one day, by the clock of this machine."""

    day: str
    provider: str


SUMS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_usd")
TALLY = ", ".join(
    (
        "count(*) as requests",
        "count(*) filter (where ending = 'ok') as ok",
        "count(*) filter (where ending <> 'ok') as failed",
        "coalesce(sum(deduped), 0) as deduped",
        *(f"sum({name}) filter (where deduped = 0) as {name}" for name in SUMS),
        "count(*) filter (where deduped = 0 and (input_tokens is null or output_tokens is null)) as tokens_unknown",
        "count(*) filter (where deduped = 0 and cost_usd is null) as cost_unknown",
    )
)


def daily(
    connection: apsw.Connection, principal: str | None, since: float, provider: str | None = None
) -> list[Daily]:
    """The flights of each day and provider, oldest day first."""
    tallies = (  # of one day and provider at a time: to group them all, SQLite would sort them all
        f"(select ?1 as day, ?2 as provider, {TALLY} from flights"
        " where provider = ?2 and started_at >= ?3 and started_at < ?4 and (?5 is null or principal = ?5))"
        " where requests > 0"
    )
    names = _providers(connection) if provider is None else [provider]
    return [
        tally
        for day, begin, end in _days(connection, since)
        for name in names
        for tally in select(connection, Daily, tallies, day, name, begin, end, principal)
    ]


def _providers(connection: apsw.Connection) -> list[str]:
    """Everybody who has flights, found by leaps from name to name."""
    rows = connection.execute(
        "with recursive names (name) as (select min(provider) from flights union all"
        " select (select min(provider) from flights where provider > name) from names where name is not null)"
        " select name from names where name is not null"
    )
    return [str(name) for (name,) in rows]


def _days(connection: apsw.Connection, since: float) -> Iterator[tuple[str, float, float]]:
    """The days that flights began on, with their bounds; those without any are leapt over."""
    first = "select min(started_at) from flights where started_at >= ?"
    while True:
        (begin,) = connection.execute(first, (since,)).fetchone() or (None,)
        if begin is None:
            return
        day = datetime.fromtimestamp(float(begin)).astimezone().date()
        since = datetime.combine(day + timedelta(days=1), time()).astimezone().timestamp()
        yield day.isoformat(), float(begin), since


def totals(
    connection: apsw.Connection, principal: str | None, since: float, provider: str | None = None
) -> Tally:
    """All flights since then in one tally."""
    return summed(daily(connection, principal, since, provider))


def summed(tallies: Sequence[Tally]) -> Tally:
    """Tallies in one."""
    sums: dict[str, Any] = {
        name: (_known if name in SUMS else sum)(getattr(tally, name) for tally in tallies)
        for name in Tally.__struct_fields__
    }
    return Tally(**sums)


def _known(numbers: Iterable[float | None]) -> float | None:
    """The sum of those that are known; None: none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def flights_newest(
    connection: apsw.Connection,
    principal: str | None,
    most: int,
    provider: str | None = None,
    ending: Ending | None = None,
    since: float | None = None,
    *,
    ended: bool = False,
) -> list[Flight]:
    """The newest flights first, without their prompts and answers; ``ended``: only those that are over."""
    over = " and ending is not null" if ended else ""
    columns = ", ".join(f"null as {name}" if name in BODIES else name for name in Flight.__struct_fields__)
    newest = (
        f"(select {columns} from flights where started_at >= ?1 and (?2 is null or principal = ?2)"
        " and (?3 is null or provider = ?3) and (?4 is null or ending = ?4)"
        f"{over} order by started_at desc, rowid desc limit ?5)"
    )
    return list(select(connection, Flight, newest, since or 0.0, principal, provider, ending, most))


def flight(connection: apsw.Connection, given: str, principal: str | None) -> Flight | None:
    """The flight whose id this is, or the only one whose id begins so, with prompt and answer."""
    rows = connection.execute(
        "select id from flights where id >= ?1 and id < ?1 || char(0x10ffff)"
        " and (?2 is null or principal = ?2) order by id limit ?3",
        (given, principal, NAMED + 1),
    )
    ids = [str(row[0]) for row in rows]
    if len(ids) > 1 and ids[0] != given:
        raise InvalidRequest(
            f"{given!r} is the beginning of several flight ids.",
            hint=f"Say more of it: {', '.join(ids[:NAMED])}",
        )
    return next(select(connection, Flight, "flights where id = ?", ids[0]), None) if ids else None
