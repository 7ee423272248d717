"""Takes in what another version kept. What is there already stays as it is, so it may be done twice."""

from collections.abc import Sequence

import apsw
from msgspec import structs

from gateway.domain.approvals import Approval
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.sessions import Session
from gateway.store.approvals import record_approval
from gateway.store.flights import open_flight
from gateway.store.rows import insert
from gateway.store.sessions import create_session

Kept = tuple[Job, Flight] | Session | Approval


def is_there(connection: apsw.Connection, kept: Kept) -> bool:
    """Whether it, or something of its name, is in the database."""
    match kept:
        case Session(provider=provider, id=name):
            found = connection.execute(
                "select 1 from sessions where provider = ? and id = ?", (provider, name)
            )
        case Approval(id=name):
            found = connection.execute("select 1 from approvals where id = ?", (name,))
        case (_, Flight(id=name)):
            found = connection.execute("select 1 from flights where id = ?", (name,))
    return found.fetchone() is not None


def missing(connection: apsw.Connection, several: Sequence[Kept]) -> list[Kept]:
    """Those that are not there."""
    return [kept for kept in several if not is_there(connection, kept)]


def take_in(connection: apsw.Connection, several: Sequence[Kept]) -> None:
    """Record those that are not there."""
    for kept in several:
        if is_there(connection, kept):
            continue
        match kept:
            case Session():
                create_session(connection, kept)
            case Approval():
                record_approval(connection, kept)
            case (job, flight):
                if not connection.execute("select 1 from jobs where id = ?", (job.id,)).fetchone():
                    insert(connection, "jobs", **structs.asdict(job))
                open_flight(connection, flight)
