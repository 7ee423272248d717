"""From an attempt that may run to its process."""

import time
from functools import partial

import trio

from gateway.domain.jobs import Job
from gateway.errors import StoreError
from gateway.host.faults import reach
from gateway.host.process import Child, start, starting
from gateway.service.layout import lay_out
from gateway.service.prepare import Attempt, Prepared, arguments, environment
from gateway.service.record import amend_asked, line, record
from gateway.service.spools import Spools
from gateway.store import jobs
from gateway.store.database import Database

LEAST = 1.0
"""Seconds that an attempt has, however late in its job's time it begins."""


class Starts:
    """Starts processes for one gateway: first its row says that a job runs, then its files are there, then it does."""

    def __init__(self, database: Database, spools: Spools, *, owner: str) -> None:
        self._database = database
        self._spools = spools
        self._owner = owner

    async def begin(
        self, job: Job, prepared: Prepared, attempt: Attempt, number: int, *, grace: float
    ) -> tuple[Job, Child] | None:
        """The job as it is now, and its process. None: it is not ours any more, or was told to stop.

        The disk is waited for in the database's thread, the process is started here. Nothing comes in between.
        """
        make = partial(self._lay_out, prepared, attempt, number)
        found: tuple[Job, Child] | None = None
        async with starting(self._spools.home(job.id)):
            with trio.CancelScope(shield=True):
                made = await self._database.run_then(
                    make, jobs.start, job.id, owner=self._owner, at=time.time(), attempt=number
                )
                if made is not None:
                    begun, alive = made
                    child = await self._start(begun, prepared, attempt, number, alive=alive, grace=grace)
                    found = begun, child
        return found

    def _lay_out(
        self, prepared: Prepared, attempt: Attempt, number: int, job: Job | None
    ) -> tuple[Job, int] | None:
        """Write all that the run needs, and lock its spool."""
        if job is None:
            return None
        reach("begun")
        spool = self._spools.of(job.id, number)
        told = record(prepared, attempt, arguments(attempt.launch.args, spool.files), deadline(job, prepared))
        try:
            if number > 1:
                amend_asked(self._spools.home(job.id), prepared)
            return job, lay_out(spool, attempt.launch, line(told))
        except OSError as error:
            raise StoreError(
                f"The run could not be begun: {error.strerror or error}.",
                hint="Nothing was started. Look at the disk, then ask again.",
            ) from error

    async def _start(
        self, job: Job, prepared: Prepared, attempt: Attempt, number: int, *, alive: int, grace: float
    ) -> Child:
        spool, launch = self._spools.of(job.id, number), attempt.launch
        child = await start(
            job.id,
            (prepared.executable, *arguments(launch.args, spool.files)),
            spool=spool,
            alive=alive,
            cwd=prepared.directory,
            environ=environment(prepared, launch, spool.files),
            limit=max(LEAST, deadline(job, prepared) - time.time()),
            grace=grace,
            stdin=launch.stdin,
        )
        reach("spawned")
        return child


def deadline(job: Job, prepared: Prepared) -> float:
    """Unix seconds at which the job's wall-clock limit is reached."""
    return (job.started_at or time.time()) + prepared.wall_clock
