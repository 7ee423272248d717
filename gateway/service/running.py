"""What runs now, in whichever gateway."""

import os

from msgspec import Struct

from gateway.config import Config
from gateway.domain.jobs import Job
from gateway.host.owners import living
from gateway.service.consent import asks
from gateway.service.health import JobHealth, measure
from gateway.service.outputs import outputs_of
from gateway.service.spools import Spools
from gateway.store import jobs
from gateway.store.database import Database


class Running(Struct, frozen=True, kw_only=True):
    """A job that has not ended, the gateway that it belongs to, and how its process is doing."""

    job: Job
    health: JobHealth
    owner: str | None
    owner_lives: bool
    asks: bool
    """Whether it waits for an answer of the person who has asked."""
    position: int | None
    """Place in that gateway's queue, from 1; None: it waits in no queue."""


async def running(database: Database, config: Config, principal: str | None) -> list[Running]:
    """The jobs of a principal (None: of everybody) that have not ended, the oldest first."""
    found = await database.read(jobs.owned, principal)
    everybodys = found if principal is None else await database.read(jobs.owned, None)
    owners = {owner for _, owner in everybodys if owner is not None}
    alive = living(os.path.join(config.state, "gateways"), owners)
    spools = Spools(config.state)
    asking = {job.id for job, _ in everybodys if asks(job, spools)}
    waiting = [(job, owner) for job, owner in everybodys if job.id not in asking]
    positions = {job_id: place for owner in alive for place, job_id in enumerate(_queue(waiting, owner), 1)}
    outputs = outputs_of(config, ())
    health = await measure([outputs.measured(job) for job, _ in found], outputs)
    return [
        Running(
            job=job,
            health=each,
            owner=owner,
            owner_lives=owner in alive,
            asks=job.id in asking,
            position=positions.get(job.id),
        )
        for (job, owner), each in zip(found, health, strict=True)
    ]


def _queue(found: list[tuple[Job, str | None]], owner: str) -> list[str]:
    """The jobs that wait for a place in one gateway, in the order in which they came."""
    return [job.id for job, name in found if name == owner and job.status == "queued"]
