"""Finds a job by its id or by the beginning of it, and its output."""

import click

from gateway.cli import local
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.errors import InvalidRequest, NotFound
from gateway.service.consent import asks
from gateway.service.outputs import Outputs, outputs_of
from gateway.service.spools import Spools
from gateway.store import jobs
from gateway.store.database import Database

SHOWN = 5
"""How many jobs are named where the beginning of an id fits several."""


EVERYONES = "gateway.everyones"
"""Where a command line keeps that it means the jobs of remote callers, too."""


def mean(ctx: click.Context, *, everyones: bool) -> None:
    """Note what ``--all`` says, at whatever part of the line it stands."""
    ctx.meta[EVERYONES] = everyones or ctx.meta.get(EVERYONES, False)


def whose(ctx: click.Context) -> str | None:
    """The principal whose jobs are meant; None: everybody's."""
    return None if ctx.meta.get(EVERYONES) else LOCAL.principal


async def find(database: Database, given: str, principal: str | None) -> tuple[Job, Flight]:
    """The principal's job whose id this is, or the only one whose id begins so, and the flight that began it."""
    found = await database.read(jobs.recorded, given, principal)
    if found is None:
        begun = await database.read(jobs.beginning, given, principal, SHOWN)
        if len(begun) > 1:
            ids = ", ".join(job.id for job in begun)
            raise InvalidRequest(
                f"{given!r} is the beginning of several job ids.", hint=f"Say more of it: {ids}"
            )
        found = await database.read(jobs.recorded, begun[0].id, principal) if begun else None
    if found is None:
        raise NotFound(f"There is no job {given!r}.", hint="See `gateway jobs list`.")
    job, flights = found
    return job, flights[0]


def outputs(ctx: click.Context) -> Outputs:
    """The output of every job, without the secrets that plugins know."""
    providers = local.plugins(ctx).providers.values()
    return outputs_of(local.config(), [secret for provider in providers for secret in provider.info.secrets])


def state(job: Job) -> str:
    """How a job stands, in a word."""
    if job.ending:
        return job.ending
    return "asking" if asks(job, Spools(local.config().state)) else job.status


def measured(job: Job) -> Job:
    """The job, with the size of the output it has so far where it still runs."""
    return job if job.status == "ended" else outputs_of(local.config(), ()).measured(job)
