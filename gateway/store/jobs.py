"""The life of a job in the database. Start and end are one transaction each, with flight and session."""

from collections.abc import Callable, Collection, Iterable
from typing import cast

import apsw
import msgspec
from msgspec import Struct

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Resume
from gateway.domain.outcome import ExitReason, Outcome, Usage
from gateway.domain.provider import Price
from gateway.domain.sessions import Session
from gateway.rules.pricing import Priced, priced
from gateway.rules.usage import ZERO, since
from gateway.store.flights import close_flights, flights_of
from gateway.store.rows import changed, returned, select, single, update
from gateway.store.sessions import forget_totals, get_session, touch_session


class Ended(Struct, frozen=True, kw_only=True):
    """Everything that is known when a job has ended."""

    outcome: Outcome
    resume: Resume
    finished_at: float
    stdout_bytes: int
    stderr_bytes: int
    prices: tuple[Price, ...] = ()
    keep_bodies: bool = True


@single
def start(connection: apsw.Connection, job_id: str, *, owner: str, at: float, attempt: int = 1) -> Job | None:
    """A process is about to be started for the job. None: it is no longer the owner's, or was told to stop."""
    begin = (
        "update jobs set status = 'running', started_at = coalesce(started_at, ?), attempt = ?"
        " where id = ? and owner = ? and finished_at is null and stop_reason is null"
    )
    return next(iter(returned(connection, Job, begin, at, attempt, job_id, owner)), None)


def renew(connection: apsw.Connection, *, owner: str, until: float) -> frozenset[str]:
    """Keep the owner's jobs for longer; the ids of those it still has."""
    rows = connection.execute(
        "update jobs set lease_until = ? where owner = ? and finished_at is null returning id", (until, owner)
    )
    return frozenset(job_id for (job_id,) in rows)


def owners(connection: apsw.Connection) -> frozenset[str]:
    """Everybody who has an unfinished job."""
    rows = connection.execute("select distinct owner from jobs where finished_at is null")
    return frozenset(owner for (owner,) in rows)


ABANDONED = 86_400.0
"""Seconds after its lease at which a job counts as nobody's, also where its provider's plugin is missing."""


def take_over(
    connection: apsw.Connection,
    *,
    owner: str,
    providers: Collection[str],
    gone: Collection[str],
    now: float,
    until: float,
) -> list[Job]:
    """Claim the jobs whose lease has expired, or whose owner is known to be gone.

    Those of other providers than these are left to a gateway that can carry on with them, for a day.
    """
    take = (
        "update jobs set owner = ?1, lease_until = ?2 where finished_at is null and owner <> ?1"
        " and (lease_until < ?3 or owner in (select value from json_each(?4)))"
        " and (provider in (select value from json_each(?5)) or lease_until < ?6)"
    )
    values = (owner, until, now, _listed(gone), _listed(providers), now - ABANDONED)
    return returned(connection, Job, take, *values)


def _listed(words: Collection[str]) -> str:
    return msgspec.json.encode(list(words)).decode()


def any_expired(connection: apsw.Connection, *, now: float) -> bool:
    """Whether some lease has run out."""
    row = connection.execute(
        "select 1 from jobs where finished_at is null and lease_until < ? limit 1", (now,)
    ).fetchone()
    return row is not None


def told_to_stop(connection: apsw.Connection, *, owner: str) -> dict[str, ExitReason]:
    """Why each of the owner's jobs is to stop, where somebody said so."""
    rows = connection.execute(
        "select id, stop_reason from jobs where owner = ? and finished_at is null and stop_reason is not null",
        (owner,),
    )
    return {str(job_id): cast(ExitReason, reason) for job_id, reason in rows}


def ask_to_stop(connection: apsw.Connection, job_id: str, reason: ExitReason) -> bool:
    """Note why the job is about to be stopped. The first reason stays; whether this was it.

    Nobody may join it from here on, so its fingerprint goes.
    """
    where = "id = ? and finished_at is null and stop_reason is null"
    return update(connection, "jobs", where, (job_id,), stop_reason=reason, fingerprint=None) == 1


def finish(
    connection: apsw.Connection, job_id: str, ended: Ended, *, owner: str
) -> tuple[Job, list[Flight]] | None:
    """Close job, flights and session together, once.

    None: the job had ended before, or somebody else had taken it over; nothing was changed.
    """
    outcome = ended.outcome
    found = changed(
        connection,
        Job,
        "jobs",
        "id = ? and owner = ? and finished_at is null",
        (job_id, owner),
        status="ended",
        ending=outcome.ending,
        finished_at=ended.finished_at,
        error=outcome.error,
        returncode=outcome.exit.returncode,
        session_id=outcome.session_id,
        model=outcome.model,
        stdout_bytes=ended.stdout_bytes,
        stderr_bytes=ended.stderr_bytes,
        answer_bytes=outcome.text_bytes,
        finish_reason=outcome.stop_reason,
        notes=msgspec.json.encode(outcome.warnings).decode(),
        lease_until=None,
    )
    if not found:
        return None
    (job,) = found
    _close(connection, job, ended, _settle(connection, job, ended))
    return job, flights_of(connection, job_id)


def _settle(connection: apsw.Connection, job: Job, ended: Ended) -> Usage:
    """The run's own usage, and the session brought up to date."""
    outcome, resume = ended.outcome, ended.resume
    running = outcome.usage_scope == "session"
    usage = since(outcome.usage, _previous(connection, job, ended)) if running else outcome.usage
    known = outcome.session_id or (resume.session_id if resume.mode == "id" else None)
    if outcome.ending == "session_unknown":
        return usage
    if known is None and resume.mode == "latest" and job.started_at is not None:
        forget_totals(connection, job.provider)
    if known is not None:
        session = Session(
            id=known,
            provider=job.provider,
            principal=job.principal,
            source="chosen" if resume.mode == "new" and known == resume.session_id else "cli",
            directory=job.directory,
            model=outcome.model,
            created_at=job.created_at,
            used_at=ended.finished_at,
            total=outcome.usage if running and outcome.usage != Usage() else None,
        )
        silent = outcome.usage == Usage() and job.started_at is not None
        touch_session(connection, session, keep_total=session.total is None and not silent)
    return usage


def _previous(connection: apsw.Connection, job: Job, ended: Ended) -> Usage:
    """The session's total before this run: nothing for a new one, unknown where we never saw it."""
    resume = ended.resume
    if resume.mode == "new":
        return ZERO
    source = resume.session_id if resume.mode != "latest" else ended.outcome.session_id
    session = None if source is None else get_session(connection, job.provider, source)
    return Usage() if session is None or session.total is None else session.total


def _close(connection: apsw.Connection, job: Job, ended: Ended, usage: Usage) -> None:
    outcome = ended.outcome
    cost: Priced = priced(usage, outcome.model, ended.prices)
    begun = job.started_at or job.created_at
    said = {
        "finished_at": ended.finished_at,
        "ending": outcome.ending,
        "answer": outcome.text if ended.keep_bodies else None,
        "error": outcome.error,
        "exit_code": outcome.exit.returncode,
        "model_used": outcome.model,
        "session_id": outcome.session_id,
        "duration_ms": round((ended.finished_at - begun) * 1000),
        "queue_ms": round((begun - job.created_at) * 1000),
        "retries": job.attempt - 1,
    }
    used = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": cost.usd,
        "cost_source": cost.source,
    }
    close_flights(connection, job.id, said, used)


@single
def get(connection: apsw.Connection, job_id: str, principal: str | None) -> Job | None:
    """The job, where it exists and belongs to the principal (None: anybody's)."""
    job = next(select(connection, Job, "jobs where id = ?", job_id), None)
    return job if job is not None and principal in (None, job.principal) else None


def recorded(
    connection: apsw.Connection, job_id: str, principal: str | None
) -> tuple[Job, list[Flight]] | None:
    """A job and its flights: first the one that began it, then those that shared it."""
    job = get(connection, job_id, principal)
    return None if job is None else (job, flights_of(connection, job_id))


def newest(
    connection: apsw.Connection, principal: str | None, most: int, *, unfinished: bool = False
) -> list[Job]:
    """The newest jobs first."""
    where = "(?1 is null or principal = ?1)" + (" and finished_at is null" if unfinished else "")
    return list(
        select(connection, Job, f"jobs where {where} order by created_at desc limit ?2", principal, most)
    )


def beginning(connection: apsw.Connection, prefix: str, principal: str | None, most: int) -> list[Job]:
    """The jobs whose id begins so, at most so many of them, the newest first."""
    where = "id >= ?1 and id < ?1 || char(1114111) and (?2 is null or principal = ?2)"
    rest = f"jobs where {where} order by created_at desc, id limit ?3"
    return list(select(connection, Job, rest, prefix, principal, most))


def owned(connection: apsw.Connection, principal: str | None) -> list[tuple[Job, str | None]]:
    """The jobs that have not ended, the oldest first, and the gateway that each belongs to."""
    where = "finished_at is null and (?1 is null or principal = ?1) order by created_at, id"
    found = list(select(connection, Job, f"jobs where {where}", principal))
    rows = connection.execute(f"select owner from jobs where {where}", (principal,))
    return list(zip(found, (owner for (owner,) in rows), strict=True))


def ended_before(connection: apsw.Connection, before: float) -> list[str]:
    """The ids of the jobs that ended before a time."""
    rows = connection.execute("select id from jobs where finished_at < ?", (before,))
    return [str(job_id) for (job_id,) in rows]


def unknown(connection: apsw.Connection, listed: Callable[[], Iterable[str]]) -> list[str]:
    """Those of the ids that no job has. They are listed while nobody can be about to record one."""
    ids = list(listed())
    known = {job_id for (job_id,) in connection.execute("select id from jobs")}
    return [job_id for job_id in ids if job_id not in known]


def remove(connection: apsw.Connection, ids: list[str]) -> None:
    """Forget ended jobs, and their flights with them."""
    connection.executemany(
        "delete from jobs where id = ? and finished_at is not null", [(job_id,) for job_id in ids]
    )


def directories(connection: apsw.Connection) -> set[str]:
    """Where any job has worked, or any session was begun."""
    rows = connection.execute("select directory from jobs union select directory from sessions")
    return {str(directory) for (directory,) in rows}
