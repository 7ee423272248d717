"""Taking a request in: a job of its own, or a share in one that is the same."""

from collections.abc import Callable
from typing import Literal

import apsw
from msgspec import Struct, structs

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.store.flights import open_flight
from gateway.store.jobs import ask_to_stop
from gateway.store.rows import insert, select

Share = Literal["none", "running", "finished"]


class Claim(Struct, frozen=True, kw_only=True):
    """A request to be taken in. Without a fingerprint it shares nothing; times are Unix seconds."""

    job: Job
    flight: Flight
    owner: str
    lease_until: float
    fingerprint: str | None
    directory_state: str | None
    reuse_since: float | None
    """Finished answers younger than this may be reused; None: none may."""
    keep: Callable[[], None]
    """Writes down what was asked, just before a job of its own is recorded. What shares a run needs none of it."""


def claim(connection: apsw.Connection, asked: Claim) -> tuple[Job, Flight, Share]:
    """Record a request: its flight, and its job unless a twin of it runs or has just ended."""
    shared = asked.fingerprint is not None
    twin = (_running(connection, asked) or _finished(connection, asked)) if shared else None
    if twin is None:
        asked.keep()
        insert(
            connection,
            "jobs",
            **structs.asdict(asked.job),
            owner=asked.owner,
            lease_until=asked.lease_until,
            fingerprint=asked.fingerprint,
            directory_state=asked.directory_state,
        )
        open_flight(connection, asked.flight)
        return asked.job, asked.flight, "none"
    flight = structs.replace(asked.flight, job_id=twin.id, deduped=1)
    if twin.status == "ended":
        flight = _answered(twin, flight)
    elif asked.job.mode == "async":
        connection.execute("update jobs set mode = 'async' where id = ?", (twin.id,))
    open_flight(connection, flight)
    return twin, flight, "finished" if twin.status == "ended" else "running"


def _running(connection: apsw.Connection, asked: Claim) -> Job | None:
    where = "jobs where fingerprint = ? and finished_at is null"
    return next(select(connection, Job, where, asked.fingerprint), None)


def _finished(connection: apsw.Connection, asked: Claim) -> Job | None:
    if asked.reuse_since is None or asked.directory_state is None:
        return None
    where = (
        "jobs where fingerprint = ? and directory_state = ? and ending = 'ok' and created_at >= ?"
        " order by finished_at desc limit 1"
    )
    values = (asked.fingerprint, asked.directory_state, asked.reuse_since)
    return next(select(connection, Job, where, *values), None)


def _answered(twin: Job, flight: Flight) -> Flight:
    """The flight of a request whose answer was there already: it took no time and no tokens."""
    return structs.replace(
        flight,
        finished_at=flight.started_at,
        ending=twin.ending,
        exit_code=twin.returncode,
        model_used=twin.model,
        session_id=twin.session_id,
        duration_ms=0,
        queue_ms=0,
    )


def withdraw(connection: apsw.Connection, flight: Flight, *, at: float) -> bool:
    """Close the flight of somebody who no longer waits; whether others still do.

    The last one leaves the flight open: it closes with the job, which is told to stop at once, so that nobody
    joins a job that is about to be stopped.
    """
    others = connection.execute(
        "select count(*) from flights where job_id = ? and finished_at is null and id <> ?",
        (flight.job_id, flight.id),
    ).fetchone()
    if not others or not others[0]:
        ask_to_stop(connection, flight.job_id, "cancelled")
        return False
    connection.execute(
        "update flights set finished_at = ?, ending = 'cancelled', duration_ms = ?"
        " where id = ? and finished_at is null",
        (at, round((at - flight.started_at) * 1000), flight.id),
    )
    return True


def open_flights(connection: apsw.Connection, job_id: str, origin: str) -> list[Flight]:
    """The open flights of a job that this gateway took."""
    where = "flights where job_id = ? and origin = ? and finished_at is null"
    return list(select(connection, Flight, where, job_id, origin))


def defer(connection: apsw.Connection, job_id: str, flight_id: str) -> None:
    """Nobody waits any longer, and the job goes on: what was sync is async now."""
    connection.execute("update jobs set mode = 'async' where id = ?", (job_id,))
    connection.execute("update flights set mode = 'async' where id = ?", (flight_id,))
