"""``gateway flights stats``: tokens and money, by day and provider."""

import shutil
import sys
from collections.abc import Callable, Sequence

import click

from gateway.cli import local
from gateway.cli.chart import Bar, chart, steps
from gateway.cli.main import Interrupt, run
from gateway.cli.output import local_time, money, show_json, told
from gateway.cli.since import Since
from gateway.cli.suggestions import provider_names
from gateway.domain.caller import LOCAL
from gateway.rules.instants import iso
from gateway.store.stats import Daily, Tally, daily, summed

Write = Callable[[int], str]


@click.command("stats")
@click.option("--provider", help="Only this provider.", shell_complete=provider_names)
@click.option(
    "--since", type=Since(), default="30d", show_default=True, help="Only what was asked since then."
)
@click.option("--all", "everyones", is_flag=True, help="Those of remote callers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a chart.")
def stats(*, provider: str | None, since: float, everyones: bool, as_json: bool) -> None:
    """Chart the tokens and the cost of each day and provider.

    A request that shared another one's run used nothing. What is not known is never counted as nothing: it is told
    how many requests a sum leaves out.
    """

    async def look(_: Interrupt) -> list[Daily]:
        async with local.database() as database:
            return await database.read(daily, None if everyones else LOCAL.principal, since, provider)

    days = run(look)
    total = summed(days)
    if as_json:
        show_json(since=iso(since), days=[told(each) for each in days], totals=told(total))
    elif days:
        _show(days, total)
    else:
        click.echo(f"No flights since {local_time(since)}.")


def _show(days: Sequence[Daily], total: Tally) -> None:
    click.echo(_requests(total))
    for heading, bar in (
        (f"Tokens: {tokens(total, exactly, in_full)}", _tokens_bar),
        (f"Cost: {cost(total, in_full)}", _cost_bar),
    ):
        click.echo(f"\n{heading}\n")
        bars = [bar(label, each) for label, each in zip(_labels(days), days, strict=True)]
        for line in chart(bars, shutil.get_terminal_size().columns, steps(sys.stdout.encoding)):
            click.echo(line)


def _labels(days: Sequence[Daily]) -> list[str]:
    """Day and provider of each line; a day is named once."""
    width = max(len(each.day) for each in days)
    before = ["", *(each.day for each in days)]
    return [
        f"{'' if each.day == last else each.day:<{width}}  {each.provider}"
        for last, each in zip(before, days, strict=False)
    ]


def _requests(total: Tally) -> str:
    counts = {
        "ok": total.ok,
        "failed": total.failed,
        "running": total.running,
        "shared another one's run": total.deduped,
    }
    parts = [f"{count:,} {word}" for word, count in counts.items() if count]
    return f"Requests: {total.requests:,} ({', '.join(parts)})"


def _tokens_bar(label: str, day: Daily) -> Bar:
    both = [number for number in (day.input_tokens, day.output_tokens) if number is not None]
    return Bar(label, sum(both) if both else None, tokens(day, shortly, in_short))


def _cost_bar(label: str, day: Daily) -> Bar:
    return Bar(label, day.cost_usd, cost(day, in_short))


def tokens(tally: Tally, number: Write, unknown: Write) -> str:
    """The tokens in words, and of how many requests they are not known."""
    sums = {"in": tally.input_tokens, "out": tally.output_tokens}
    known = ", ".join(f"{number(total)} {word}" for word, total in sums.items() if total is not None)
    return _words(known, "0", unknown(tally.tokens_unknown))


def cost(tally: Tally, unknown: Write) -> str:
    """The cost in words, and of how many requests it is not known."""
    return _words(money(tally.cost_usd), money(0.0), unknown(tally.cost_unknown))


def _words(known: str, nothing: str, unknown: str) -> str:
    return ", ".join(part for part in (known, unknown) if part) or nothing


def in_full(unknown: int) -> str:
    return f"unknown for {unknown:,} request{'' if unknown == 1 else 's'}" if unknown else ""


def in_short(unknown: int) -> str:
    return f"{unknown:,} unknown" if unknown else ""


def exactly(number: int) -> str:
    return f"{number:,}"


def shortly(number: int) -> str:
    """Three digits or so: 950, 12.3k, 4.6M."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return str(number)
