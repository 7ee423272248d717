"""Finds a job by its id or by the beginning of it, and its directory."""

import os

from gateway.cli import local
from gateway.domain.caller import LOCAL
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.errors import InvalidRequest, NotFound
from gateway.host.spool import Spool
from gateway.rules.redact import Redactor
from gateway.service.outputs import Outputs
from gateway.store import jobs
from gateway.store.database import Database

SEARCHED = 10_000
"""How many of the newest jobs a prefix is looked for in."""


async def find(database: Database, given: str) -> tuple[Job, Flight]:
    """The job whose id this is, or the only one whose id begins so, and the flight that began it."""
    found = await database.read(jobs.recorded, given, LOCAL.principal)
    if found is None:
        newest = await database.read(jobs.newest, LOCAL.principal, SEARCHED)
        job_id = _only([job.id for job in newest if job.id.startswith(given)], given)
        found = await database.read(jobs.recorded, job_id, LOCAL.principal)
    if found is None:
        raise NotFound(f"There is no job {given!r}.", hint="See `gateway jobs list`.")
    job, flights = found
    return job, flights[0]


def _only(ids: list[str], given: str) -> str:
    if len(ids) > 1:
        raise InvalidRequest(
            f"{given!r} is the beginning of {len(ids)} job ids.", hint=f"Say more of it: {', '.join(ids[:5])}"
        )
    return ids[0] if ids else given


def outputs() -> Outputs:
    """The output of every job, without a gateway."""
    folder = os.path.join(local.config().state, "jobs")
    return Outputs(lambda job_id, attempt: Spool(os.path.join(folder, job_id, str(attempt))), Redactor())


def measured(job: Job) -> Job:
    """The job, with the output it has so far where it still runs."""
    return job if job.status == "ended" else outputs().measured(job)
