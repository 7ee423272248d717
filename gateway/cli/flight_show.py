"""``gateway flights show``: all that was recorded of one request."""

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import local_time, money, show_facts, show_json, show_text, told
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.errors import NotFound
from gateway.store.stats import flight

BODIES = ("prompt", "answer")


@click.command("show")
@click.argument("flight_id", metavar="ID")
@click.option("--bodies", is_flag=True, help="The prompt and the answer, too.")
@click.option("--all", "everyones", is_flag=True, help="Look among those of remote callers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(*, flight_id: str, bodies: bool, everyones: bool, as_json: bool) -> None:
    """Show all that was recorded of a request."""

    async def look(_: Interrupt) -> Flight:
        async with local.database() as database:
            found = await database.read(flight, flight_id, None if everyones else LOCAL.principal)
        if found is None:
            raise NotFound(f"There is no flight {flight_id!r}.", hint="See `gateway flights list`.")
        return found

    found = run(look)
    if as_json:
        show_json(flight=told(found, without=() if bodies else BODIES))
        return
    show_facts(_facts(found))
    for name in BODIES if bodies else ():
        _show_body(name, getattr(found, name))


def _show_body(name: str, text: str | None) -> None:
    click.echo(f"\n{name}: not kept" if text is None else f"\n{name}:")
    if text:
        show_text(text)


def _facts(flight: Flight) -> list[tuple[str, object]]:
    return [
        ("id", flight.id),
        ("correlation id", flight.correlation_id),
        ("job", f"{flight.job_id}{' (shared)' if flight.deduped else ''}"),
        ("provider", flight.provider),
        ("tool", f"{flight.tool} ({flight.mode})"),
        ("caller", flight.principal),
        ("state", flight.ending or "running"),
        ("error", flight.error),
        ("began", local_time(flight.started_at)),
        ("ended", flight.finished_at and local_time(flight.finished_at)),
        ("seconds", _seconds(flight.duration_ms)),
        ("seconds in the queue", _seconds(flight.queue_ms)),
        ("retries", flight.retries),
        ("breaker", flight.breaker),
        ("exit status", flight.exit_code),
        ("model asked", flight.model_asked),
        ("model used", flight.model_used),
        ("session", flight.session_id),
        ("cli version", flight.cli_version),
        ("prompt hash", flight.prompt_hash),
        ("stable prefix", flight.stable_prefix_hash),
        ("stable prefix tokens", flight.stable_prefix_tokens),
        ("input tokens", flight.input_tokens),
        ("output tokens", flight.output_tokens),
        ("cache read tokens", flight.cache_read_tokens),
        ("cache write tokens", flight.cache_write_tokens),
        ("reasoning tokens", flight.reasoning_tokens),
        ("cost", " ".join(part for part in (money(flight.cost_usd), _source(flight)) if part)),
    ]


def _seconds(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else f"{milliseconds / 1000:.3f}"


def _source(flight: Flight) -> str:
    if flight.deduped:
        return "told with the run that it shared"
    return "unknown" if flight.cost_usd is None else f"({flight.cost_source})"
