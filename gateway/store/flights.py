"""The flight recorder: a row is opened with its job and closed with it, once."""

from collections.abc import Mapping

import apsw
import msgspec

from gateway.domain.flights import Flight
from gateway.store.rows import insert, select


def open_flight(connection: apsw.Connection, flight: Flight) -> None:
    insert(connection, "flights", **msgspec.structs.asdict(flight))


def close_flights(
    connection: apsw.Connection, job_id: str, said: Mapping[str, object], used: Mapping[str, object]
) -> None:
    """Close a job's open flights with the same words. What the run ``used`` counts once: for the one that began it."""
    sets = [f"{name} = ?" for name in said]
    sets += [f"{name} = iif(deduped, {name}, ?)" for name in used]
    connection.execute(
        f"update flights set {', '.join(sets)} where job_id = ? and finished_at is null",
        (*said.values(), *used.values(), job_id),
    )


def flights_of(connection: apsw.Connection, job_id: str) -> list[Flight]:
    """The flights of a job, oldest first."""
    return list(
        select(connection, Flight, "flights where job_id = ? order by deduped, started_at, id", job_id)
    )


def flight_of(connection: apsw.Connection, task_id: str, principal: str) -> Flight | None:
    """A principal's request, by the name under which they come back: its own where it shares a job, else the job's."""
    where = "flights where principal = ?1 and (id = ?2 or job_id = ?2 and not deduped)"
    return next(select(connection, Flight, where, principal, task_id), None)
