"""The flight recorder: a row is opened with its job and closed with it, once."""

import apsw
import msgspec

from gateway.domain.flights import Flight
from gateway.store.rows import insert, select, update


def open_flight(connection: apsw.Connection, flight: Flight) -> None:
    insert(connection, "flights", **msgspec.structs.asdict(flight))


def close_flights(connection: apsw.Connection, job_id: str, which: str, **columns: object) -> int:
    """Close those of a job's open flights with the same words; how many there were."""
    return update(
        connection, "flights", f"job_id = ? and finished_at is null and {which}", (job_id,), **columns
    )


def flights_of(connection: apsw.Connection, job_id: str) -> list[Flight]:
    """The flights of a job, oldest first."""
    return list(
        select(connection, Flight, "flights where job_id = ? order by deduped, started_at, id", job_id)
    )


def job_of(connection: apsw.Connection, flight_id: str, principal: str) -> str | None:
    """The job of a principal's flight."""
    found = connection.execute(
        "select job_id from flights where id = ? and principal = ?", (flight_id, principal)
    ).fetchone()
    return None if found is None else str(found[0])
