"""A real database in a fresh state folder, or one in memory, and rows to put into it."""

from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Resume
from gateway.domain.outcome import Exit, Outcome, Usage
from gateway.store import jobs
from gateway.store.claims import Claim, Share, claim
from gateway.store.database import STEPS, Database, open_database
from gateway.store.flights import open_flight
from gateway.store.jobs import Ended

NEW = Resume()


class Ledger:
    """Writes jobs into a database in few words. Times are small numbers."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def job(self, job_id: str, **facts: Any) -> Job:
        usual = {
            "provider": "acme",
            "tool": "acme_request",
            "principal": "local",
            "correlation_id": f"c-{job_id}",
            "mode": "sync",
            "status": "queued",
            "directory": "/work",
            "created_at": 100.0,
        }
        return Job(id=job_id, **(usual | facts))

    def flight(self, job: Job, **facts: Any) -> Flight:
        usual = {
            "id": f"f-{job.id}",
            "correlation_id": job.correlation_id,
            "job_id": job.id,
            "provider": job.provider,
            "tool": job.tool,
            "principal": job.principal,
            "mode": job.mode,
            "origin": "me",
            "started_at": job.created_at,
            "prompt_hash": "0" * 64,
            "prompt": "hi",
        }
        return Flight(**(usual | facts))

    def claim(self, job: Job, flight: Flight | None = None, **facts: Any) -> Claim:
        usual = {"owner": "me", "lease_until": 130.0, "fingerprint": None, "directory_state": None}
        usual |= {"reuse_since": None, "keep": lambda: None}
        return Claim(job=job, flight=self.flight(job) if flight is None else flight, **(usual | facts))

    async def claimed(self, job_id: str, **facts: Any) -> tuple[Job, Flight, Share]:
        """A request that may share; ``facts`` are the claim's, or the job's where it has such a field."""
        own = {name: facts.pop(name) for name in ("mode", "created_at", "principal") if name in facts}
        return await self.database.run(claim, self.claim(self.job(job_id, **own), **facts))

    async def create(self, job_id: str, **facts: Any) -> Job:
        job, _, _ = await self.database.run(claim, self.claim(self.job(job_id, **facts)))
        return job

    async def begin(self, job_id: str, **facts: Any) -> Job:
        await self.create(job_id, **facts)
        return await self.start(job_id)

    async def start(self, job_id: str) -> Job:
        job = await self.database.run(jobs.start, job_id, owner="me", at=101.5)
        assert job is not None
        return job

    def outcome(self, **facts: Any) -> Outcome:
        return Outcome(**({"ending": "ok", "exit": Exit(returncode=0)} | facts))

    async def finish(
        self, job_id: str, outcome: Outcome, resume: Resume = NEW, **facts: Any
    ) -> tuple[Job, list[Flight]] | None:
        owner = facts.pop("owner", "me")
        usual = {"finished_at": 103.0, "stdout_bytes": 10, "stderr_bytes": 2}
        ended = Ended(outcome=outcome, resume=resume, **(usual | facts))
        return await self.database.run(jobs.finish, job_id, ended, owner=owner)

    async def flown(
        self, job_id: str, usage: Usage, session: str | None, resume: Resume, **facts: Any
    ) -> Flight:
        """A whole run whose CLI tells running totals; its flight."""
        await self.begin(job_id)
        outcome = self.outcome(usage=usage, usage_scope="session", session_id=session)
        finished = await self.finish(job_id, outcome, resume, **facts)
        assert finished is not None
        return finished[1][0]

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        return await self.database.run(lambda connection: connection.execute(statement, values).fetchall())


class Recorder:
    """Writes flights alone, without their jobs, into a database in memory."""

    def __init__(self) -> None:
        self.connection = apsw.Connection(":memory:")
        for step in STEPS[0]:
            self.connection.execute(files("gateway.store").joinpath(step).read_text("utf-8"))
        self.written: list[Flight] = []

    def fly(self, **facts: Any) -> Flight:
        """A flight that went well, but for these facts. Without an ending it is still open."""
        number = len(self.written)
        begun = facts.get("started_at", 100.0 + number)
        usual = {
            "id": f"f{number}",
            "correlation_id": f"c{number}",
            "job_id": f"j{number}",
            "provider": "acme",
            "tool": "acme_request",
            "principal": "local",
            "mode": "sync",
            "origin": "me",
            "started_at": begun,
            "finished_at": begun + 3.0 if facts.get("ending", "ok") else None,
            "prompt_hash": "0" * 64,
            "ending": "ok",
            "cost_source": "unknown" if facts.get("cost_usd") is None else "computed",
        }
        flight = Flight(**(usual | facts))
        open_flight(self.connection, flight)
        self.written.append(flight)
        return flight

    def statements(
        self, unit: Callable[..., object], *args: object, **kwargs: object
    ) -> list[tuple[str, Any]]:
        """What a unit asks the database, with the values."""
        asked: list[tuple[str, Any]] = []
        self.connection.exec_trace = lambda _, statement, values: bool(asked.append((statement, values)) or 1)
        unit(self.connection, *args, **kwargs)
        self.connection.exec_trace = None
        return asked

    def plan(self, unit: Callable[..., object], *args: object, **kwargs: object) -> list[str]:
        """How SQLite looks for the flights that a unit reads."""
        steps = [
            step[3]
            for statement, values in self.statements(unit, *args, **kwargs)
            for step in self.connection.execute(f"explain query plan {statement}", values)
        ]
        return [step for step in steps if " flights" in step]


@pytest.fixture(scope="session")
def recorder() -> type[Recorder]:
    """Makes a recorder; each is empty."""
    return Recorder


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "gateway.db")


@pytest.fixture
async def database(path: str) -> AsyncIterator[Database]:
    async with open_database(path) as database:
        yield database


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    return Ledger(database)
