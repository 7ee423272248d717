"""Examines what the gateway keeps on disk: the database, who may read it, and jobs that nobody looks after."""

import os
import time
from collections.abc import Iterator

import trio
from msgspec import Struct

from gateway.domain.probes import Finding
from gateway.errors import StoreError
from gateway.host.owners import Owner
from gateway.service.spools import Spools
from gateway.store.condition import EXPECTED, Condition, Unfinished, condition

OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""


class DatabaseReport(Struct, frozen=True, kw_only=True):
    """The database file."""

    path: str
    exists: bool = False
    size_bytes: int = 0
    schema_version: int | None = None
    expected_version: int = EXPECTED
    problems: tuple[str, ...] = ()


class JobsReport(Struct, frozen=True, kw_only=True):
    """Jobs that have not ended, by id."""

    unfinished: int = 0
    expired_leases: tuple[str, ...] = ()
    """Of a gateway that has stopped to renew them."""
    orphan_jobs: tuple[str, ...] = ()
    """Of a gateway whose process is gone."""
    orphan_processes: tuple[int, ...] = ()
    """What still runs for those."""


class Exposed(Struct, frozen=True):
    """A file or a folder that others than its owner may open."""

    path: str
    mode: str


class StateReport(Struct, frozen=True, kw_only=True):
    """Everything on disk, and what is wrong with it."""

    database: DatabaseReport
    jobs: JobsReport
    exposed: tuple[Exposed, ...]
    findings: tuple[Finding, ...]


async def inspect(state: str, secrets: str = "") -> StateReport:
    """Look at the state folder, and at who may read the file that holds ``secrets`` elsewhere.

    A folder that is not there is not made; the database is only read.
    """
    return await trio.to_thread.run_sync(_inspected, state, secrets)


def _inspected(state: str, secrets: str) -> StateReport:
    path = os.path.join(state, "gateway.db")
    exposed = (*_exposed(state), *(_readable(secrets) if secrets else ()))
    findings = [_open_to_others(each) for each in exposed]
    if not os.path.exists(path):
        nothing = DatabaseReport(path=path)
        return StateReport(database=nothing, jobs=JobsReport(), exposed=exposed, findings=tuple(findings))
    try:
        found = condition(path)
    except StoreError as error:
        found = Condition(0, (str(error),), ())
    database = DatabaseReport(
        path=path,
        exists=True,
        size_bytes=os.stat(path).st_size,
        schema_version=found.version or None,
        problems=found.problems,
    )
    writable = os.access(state, os.W_OK)
    jobs = _jobs(state, found.unfinished) if writable else JobsReport(unfinished=len(found.unfinished))
    findings += [*_of_the_database(database), *_of_jobs(jobs)]
    if not writable:
        findings.append(Finding("permissions", f"{state} cannot be written.", "Check its owner.", "error"))
    return StateReport(database=database, jobs=jobs, exposed=exposed, findings=tuple(findings))


def _exposed(state: str) -> Iterator[Exposed]:
    """What is open to others. Below a folder that is closed, nothing can be reached."""
    try:
        mode = os.stat(state).st_mode & 0o777
    except OSError:
        return
    if not mode & OTHERS:
        return
    yield Exposed(state, f"{mode:04o}")
    for name in sorted(os.listdir(state)):
        path = os.path.join(state, name)
        mode = os.lstat(path).st_mode & 0o777
        if mode & OTHERS:
            yield Exposed(path, f"{mode:04o}")


def _readable(path: str) -> Iterator[Exposed]:
    """A file, where others may read it."""
    folder, mode = (os.stat(each).st_mode & 0o777 for each in (os.path.dirname(path), path))
    if folder & OTHERS and mode & OTHERS:
        yield Exposed(path, f"{mode:04o}")


def _jobs(state: str, unfinished: tuple[Unfinished, ...]) -> JobsReport:
    if not unfinished:
        return JobsReport()
    owner = Owner(os.path.join(state, "gateways"))
    try:
        gone = owner.gone({job.owner for job in unfinished if job.owner})
    finally:
        owner.close()
    now = time.time()
    orphans = [job for job in unfinished if job.owner in gone]
    return JobsReport(
        unfinished=len(unfinished),
        expired_leases=tuple(
            job.id for job in unfinished if job.owner not in gone and (job.lease_until or now) < now
        ),
        orphan_jobs=tuple(job.id for job in orphans),
        orphan_processes=tuple(_running(state, orphans)),
    )


def _running(state: str, orphans: list[Unfinished]) -> Iterator[int]:
    for job in orphans:
        spool = Spools(state).of(job.id, job.attempt)
        pid = spool.pid() if spool.alive() else None
        if pid is not None:
            yield pid


def _open_to_others(exposed: Exposed) -> Finding:
    return Finding(
        "permissions",
        f"{exposed.path} may be opened by others (mode {exposed.mode}).",
        f"chmod go-rwx {exposed.path}",
        "error",
    )


def _of_the_database(database: DatabaseReport) -> Iterator[Finding]:
    for problem in database.problems:
        yield Finding(
            "database",
            problem,
            "Stop every gateway, keep a copy of the file, and restore it from a backup or remove it.",
            "error",
        )
    found = database.schema_version or 0
    if not database.problems and found > database.expected_version:
        told = f"The database is of version {found}, this gateway knows {database.expected_version}."
        yield Finding("database", told, "Upgrade the gateway.", "error")


def _of_jobs(jobs: JobsReport) -> Iterator[Finding]:
    remedy = "The next gateway that runs takes them over: start one, or look again if one is running."
    if jobs.expired_leases:
        yield Finding("jobs", f"{len(jobs.expired_leases)} jobs belong to a gateway that is stuck.", remedy)
    if jobs.orphan_jobs:
        running = len(jobs.orphan_processes)
        told = (
            f"{len(jobs.orphan_jobs)} jobs belong to a gateway that is gone; {running} processes still run."
        )
        yield Finding("jobs", told, remedy)
