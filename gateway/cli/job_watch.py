"""``gateway jobs watch``: follow a job to its end, wherever it runs."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from gateway.cli import local
from gateway.cli.exits import EXITS, INTERRUPTED
from gateway.cli.lookup import find, state, whose
from gateway.cli.main import Interrupt, run_until_told
from gateway.cli.output import brief, clean, complain, lasted, on_terminal, show_json_line, told
from gateway.cli.progress import Notify, progress
from gateway.cli.suggestions import job_ids
from gateway.domain.caller import caller_named
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES
from gateway.rules.instants import iso


@click.command("watch")
@click.argument("job_id", metavar="ID", shell_complete=job_ids)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
@click.pass_context
def watch(ctx: click.Context, *, job_id: str, as_json: bool) -> None:
    """Follow a job to its end: what it does, told by its own events, and how it ended.

    On a terminal this is one line that changes; piped, it is one line for each thing that happens. The exit code
    is that of the job's ending. Ctrl-C stops watching and leaves the job alone. The answer itself is fetched with
    `gateway jobs result`.
    """

    local.require_database()

    async def follow(_: Interrupt) -> Job:
        async with local.gateway(local.plugins(ctx), sync_jobs_at_exit="leave") as gateway:
            job, _flight = await find(gateway.database, job_id, whose(ctx))
            with _telling(job, as_json=as_json) as notify:
                return await gateway.watch(job.id, notify, math.inf, caller_named(job.principal))

    job = run_until_told(follow)
    if job is None or job.ending is None:
        complain("No longer watching. The job is left alone.")
        ctx.exit(INTERRUPTED)
    remedy = REMEDIES[job.ending]
    if as_json:
        show_json_line(event="ended", jobId=job.id, ending=job.ending, remedy=remedy or None, job=told(job))
    else:
        click.echo(f"Job {brief(job.id)} ended: {job.ending}, after {_span(job)}.")
        if job.ending != "ok":
            complain(job.error or "", remedy)
    ctx.exit(EXITS[job.ending])


@contextmanager
def _telling(job: Job, *, as_json: bool) -> Iterator[Notify]:
    """Tells what happens in the way that was asked for."""

    async def line(note: str) -> None:
        click.echo(clean(note))

    async def json_line(note: str) -> None:
        show_json_line(event="note", jobId=job.id, at=iso(time.time()), note=note)

    if as_json or not on_terminal():
        yield json_line if as_json else line
        return
    with progress(f"{job.provider} {brief(job.id)}", first=state(job)) as notify:
        yield notify or line


def _span(job: Job) -> str:
    return lasted((job.finished_at or time.time()) - (job.started_at or job.created_at))
