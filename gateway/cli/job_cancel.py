"""``gateway jobs cancel``: stop a job, wherever it runs."""

import click

from gateway.cli import local
from gateway.cli.lookup import find, whose
from gateway.cli.main import Interrupt, run
from gateway.cli.output import complain, show_json
from gateway.cli.suggestions import job_ids
from gateway.domain.caller import caller_named
from gateway.domain.jobs import Job

ENDING = 30.0
"""Seconds that a job has to end after it was told to."""


@click.command("cancel")
@click.argument("job_id", metavar="ID", shell_complete=job_ids)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def cancel(ctx: click.Context, *, job_id: str, as_json: bool) -> None:
    """Stop a running job and everything it has started, and wait until it has ended.

    What it had written is kept. A job of another gateway is stopped by that gateway; where that is gone, by this
    command. The exit code is 1 where the job had ended before.
    """

    async def stop(_: Interrupt) -> tuple[Job, bool]:
        async with local.database() as database:
            job, _flight = await find(database, job_id, whose(ctx))
        if job.status == "ended":
            return job, False
        async with local.gateway(local.plugins(ctx)) as gateway:
            await gateway.cancel(job.id)
            job = await gateway.watch(job.id, None, ENDING, caller_named(job.principal))
            return job, job.ending == "cancelled"

    job, cancelled = run(stop)
    if as_json:
        show_json(jobId=job.id, cancelled=cancelled, ending=job.ending)
    complain(f"Job {job.id} {_fate(job, cancelled=cancelled)}.")
    ctx.exit(0 if cancelled else 1)


def _fate(job: Job, *, cancelled: bool) -> str:
    if cancelled:
        return "was cancelled; what it had written is kept"
    if job.ending is None:
        return "was told to stop and has not ended yet"
    return f"had already ended: {job.ending}"
