"""``gateway flights``: the flight recorder, one row for each request."""

import sys

import click

from gateway.cli import local
from gateway.cli.flight_show import BODIES, show
from gateway.cli.flight_stats import stats
from gateway.cli.main import Interrupt, run
from gateway.cli.output import is_terminal, local_time, money, show_json, show_table, told
from gateway.cli.since import Since
from gateway.cli.suggestions import provider_names
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.outcome import ENDINGS, Ending
from gateway.store.stats import flights_newest

SHORT = 8
"""Characters of an id that are shown to a person."""


@click.group("flights")
def command() -> None:
    """Look at the flight recorder: every request, what came of it, what it used and cost.

    The beginning of an ID is enough. The table `flights` of the database may be read with any SQLite tool as well.
    """


command.add_command(show)
command.add_command(stats)


@command.command("list")
@click.option("--provider", help="Only this provider.", shell_complete=provider_names)
@click.option("--ending", type=click.Choice(ENDINGS), metavar="ENDING", help="Only those that ended so.")
@click.option("--since", type=Since(), help="Only what was asked since then.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many."
)
@click.option("--all", "everyones", is_flag=True, help="Those of remote callers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def list_(
    *,
    provider: str | None,
    ending: Ending | None,
    since: float | None,
    limit: int,
    everyones: bool,
    as_json: bool,
) -> None:
    """List requests, the newest first."""

    async def look(_: Interrupt) -> list[Flight]:
        async with local.database() as database:
            return await database.read(flights_newest, _principal(everyones), limit, provider, ending, since)

    found = run(look)
    if as_json:
        show_json(flights=[told(each, without=BODIES) for each in found])
        return
    columns = ("id", "provider", "state", "began", "seconds", "model", "in", "out", "cost", "session")
    show_table(columns, [_row(each) for each in found])


def _principal(everyones: bool) -> str | None:
    return None if everyones else LOCAL.principal


def _row(flight: Flight) -> tuple[object, ...]:
    most = SHORT if is_terminal(sys.stdout) else None
    return (
        flight.id[:most],
        flight.provider,
        flight.ending or "running",
        local_time(flight.started_at),
        _seconds(flight.duration_ms),
        flight.model_used or flight.model_asked,
        flight.input_tokens,
        flight.output_tokens,
        _cost(flight),
        flight.session_id[:most] if flight.session_id else None,
    )


def _seconds(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else f"{milliseconds / 1000:.1f}"


def _cost(flight: Flight) -> str:
    """The cost in words: a request that shared a run has none of its own, and one that runs has none yet."""
    if flight.cost_usd is not None:
        return money(flight.cost_usd)
    if flight.deduped:
        return "shared"
    return "unknown" if flight.ending else ""
