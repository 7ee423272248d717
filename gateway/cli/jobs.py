"""``gateway jobs``: what was asked, by whatever door, and what came of it."""

import time

import click

from gateway.cli import local
from gateway.cli.job_cancel import cancel
from gateway.cli.job_prune import prune
from gateway.cli.job_result import result
from gateway.cli.job_watch import watch
from gateway.cli.lookup import find, mean, measured, state, whose
from gateway.cli.main import Interrupt, run
from gateway.cli.output import brief, local_time, money, show_facts, show_json, show_table, told
from gateway.cli.suggestions import job_ids
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES
from gateway.store import jobs

BODIES = ("prompt", "answer")


@click.group("jobs", invoke_without_command=True)
@click.option("--all", "everyones", is_flag=True, help="Those of remote callers, too.")
@click.pass_context
def command(ctx: click.Context, *, everyones: bool) -> None:
    """Look at jobs, follow them, fetch their answers, stop them. The beginning of an ID is enough.

    Without a command it lists them.
    """
    mean(ctx, everyones=everyones)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


for further in (watch, result, cancel, prune):
    command.add_command(further)


@command.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many."
)
@click.option("--running", is_flag=True, help="Only those that have not ended.")
@click.option("--all", "everyones", is_flag=True, help="Those of remote callers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def list_(
    ctx: click.Context,
    *,
    limit: int = 20,
    running: bool = False,
    everyones: bool = False,
    as_json: bool = False,
) -> None:
    """List jobs, the newest first."""
    mean(ctx, everyones=everyones)

    async def look(_: Interrupt) -> list[Job]:
        async with local.database() as database:
            return await database.read(jobs.newest, whose(ctx), limit, unfinished=running)

    found = [measured(job) for job in run(look)]
    if as_json:
        show_json(jobs=[told(job) for job in found])
        return
    show_table(
        ("id", "provider", "state", "began", "seconds", "model", "session"), [_row(job) for job in found]
    )


def _row(job: Job) -> tuple[object, ...]:
    began, session = local_time(job.created_at), job.session_id and brief(job.session_id)
    return brief(job.id), job.provider, state(job), began, _seconds(job), job.model, session


def _seconds(job: Job) -> str:
    """How long it took, or has taken so far."""
    return f"{(job.finished_at or time.time()) - (job.started_at or job.created_at):.1f}"


@command.command("show")
@click.argument("job_id", metavar="ID", shell_complete=job_ids)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, *, job_id: str, as_json: bool) -> None:
    """Show what is known of a job, all but its answer."""

    async def look(_: Interrupt) -> tuple[Job, Flight]:
        async with local.database() as database:
            return await find(database, job_id, whose(ctx))

    job, flight = run(look)
    job = measured(job)
    remedy = REMEDIES[job.ending] if job.ending else ""
    if as_json:
        show_json(job=told(job), flight=told(flight, without=BODIES), remedy=remedy or None)
        return
    show_facts([*_facts(job, flight), ("remedy", remedy)])


def _facts(job: Job, flight: Flight) -> list[tuple[str, object]]:
    return [
        ("id", job.id),
        ("caller", None if job.principal == LOCAL.principal else job.principal),
        ("provider", job.provider),
        ("tool", job.tool),
        ("state", state(job)),
        ("error", job.error),
        ("began", local_time(job.created_at)),
        ("ended", job.finished_at and local_time(job.finished_at)),
        ("seconds", _seconds(job)),
        ("model", job.model),
        ("session", job.session_id),
        ("directory", job.directory),
        ("attempts", job.attempt),
        ("exit status", job.returncode),
        ("cli version", flight.cli_version),
        ("input tokens", flight.input_tokens),
        ("output tokens", flight.output_tokens),
        ("cached tokens", flight.cache_read_tokens),
        ("cost", None if flight.cost_usd is None else f"{money(flight.cost_usd)} ({flight.cost_source})"),
        ("printed", f"{job.stdout_bytes} bytes, {job.stderr_bytes} on stderr"),
        ("answer", f"{job.answer_bytes} bytes"),
        ("correlation id", job.correlation_id),
    ]
