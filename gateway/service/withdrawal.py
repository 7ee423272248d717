"""Giving up a request, and stopping the job that nobody waits for any longer."""

import logging
import time
from collections.abc import Mapping

import trio

from gateway.domain.flights import Flight
from gateway.errors import StoreError
from gateway.service.live import Live
from gateway.store import jobs
from gateway.store.claims import open_flights, withdraw
from gateway.store.database import Database

log = logging.getLogger(__name__)

LONGEST = 10.0
"""Seconds that giving up a request may take."""


class Withdrawal:
    """Takes requests back for one gateway. ``live`` are the jobs that run here."""

    def __init__(self, database: Database, live: Mapping[str, Live], origin: str) -> None:
        self._database = database
        self._live = live
        self._origin = origin

    async def give_up(self, flight: Flight) -> None:
        """A caller has gone: take its request back, which being cancelled does not prevent."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + LONGEST):
            try:
                await self.withdraw(flight)
            except StoreError as error:  # the job then goes on to its own end
                log.warning("job %s was not withdrawn: %s", flight.job_id, error)

    async def cancel(self, job_id: str) -> bool:
        """Withdraw what this gateway asked for, or where that was nothing, stop the job whoever asked.

        Whether the job is being stopped by this; it goes on where another gateway's caller still waits.
        """
        ours = await self._database.read(open_flights, job_id, self._origin)
        stopped = [await self.withdraw(flight) for flight in ours]
        if stopped:
            return stopped[-1]
        asked = await self._database.run(jobs.ask_to_stop, job_id, "cancelled")
        return self._stop(job_id) or asked

    async def withdraw(self, flight: Flight) -> bool:
        """Somebody no longer waits for a job; whether that stops it."""
        if await self._database.run(withdraw, flight, at=time.time()):
            return False
        self._stop(flight.job_id)
        return True

    def _stop(self, job_id: str) -> bool:
        """Stop a job where it runs here. The database has been told already: from then on nobody joins it."""
        live = self._live.get(job_id)
        if live is not None:
            live.stop("cancelled")
        return live is not None
