"""``gateway jobs prune``: forget what is old."""

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import show_json, size
from gateway.service.retention import Pruned
from gateway.service.retention import prune as forget
from gateway.service.spools import Spools


@click.command("prune")
@click.option(
    "--days",
    type=click.FloatRange(0),
    help="Keep those that ended within so many days. [default: the configuration's]",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def prune(*, days: float | None, dry_run: bool, as_json: bool) -> None:
    """Remove the jobs that ended long ago, with their flights and everything that they wrote.

    Jobs that have not ended are never removed, nor are the sessions that the CLIs keep.
    """
    config = local.config()
    kept = config.persistence.retention_days if days is None else days

    async def remove(_: Interrupt) -> Pruned:
        async with local.database() as database:
            return await forget(database, Spools(config.state).folder, kept, dry_run=dry_run)

    pruned = run(remove)
    if as_json:
        show_json(days=kept, dryRun=dry_run, jobs=pruned.jobs, bytes=pruned.bytes)
        return
    count = len(pruned.jobs)
    click.echo(
        f"{'Would remove' if dry_run else 'Removed'} {count} job{'s' if count != 1 else ''} that ended more than "
        f"{kept:g} days ago, with {size(pruned.bytes)} of output."
    )
