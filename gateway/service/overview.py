"""How things stand, for a person who looks: what runs, what has ended, what it took, which conversations there are."""

import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import TypeVar

from msgspec import Struct

from gateway import __version__
from gateway.domain.jobs import Job
from gateway.service.consent import asks
from gateway.service.gateway import Gateway
from gateway.store import jobs
from gateway.store.sessions import newest_sessions
from gateway.store.stats import daily, flights_newest

DAYS = 14
MOST = 100
"""Running jobs that are told, and recent requests, and conversations."""


class Running(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job that has not ended."""

    id: str
    provider: str
    tool: str
    principal: str
    status: str
    """That of the job, or ``asking``: it waits for an answer of its person."""
    directory: str
    model: str | None
    session_id: str | None
    created_at: float
    started_at: float | None
    printed: int
    """Bytes that its CLI has printed."""
    note: str | None
    """What it is doing, where it runs in this gateway."""


class Ended(Struct, frozen=True, kw_only=True, rename="camel"):
    """A request that has ended."""

    job_id: str
    provider: str
    tool: str
    principal: str
    ending: str | None
    model: str | None
    started_at: float
    duration_ms: int | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cost_usd: float | None
    deduped: int
    """1: it shared another one's run, and used nothing of its own."""


class Conversation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A session of a CLI."""

    id: str
    provider: str
    description: str | None
    directory: str
    model: str | None
    used_at: float


class Day(Struct, frozen=True, kw_only=True, rename="camel"):
    """What one provider's requests took on one day. A sum is of what is known; None: nothing is."""

    day: str
    provider: str
    requests: int
    failed: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    tokens_unknown: int
    cost_usd: float | None
    cost_unknown: int


class Overview(Struct, frozen=True, kw_only=True):
    """Everything at one moment. Times are Unix seconds."""

    version: str
    today: str
    """By the clock of the gateway's machine."""
    running: tuple[Running, ...]
    recent: tuple[Ended, ...]
    days: tuple[Day, ...]
    sessions: tuple[Conversation, ...]


T = TypeVar("T", bound=Struct)


class Look:
    """A look at how things stand, for a principal or, where that is None, for everybody."""

    def __init__(self, gateway: Gateway, principal: str | None) -> None:
        self._gateway = gateway
        self._principal = principal
        self._told: Overview | None = None

    async def next(self) -> Overview:
        """How things stand: at first now, then when that has changed."""
        leases = self._gateway.leases
        while True:
            changed = leases.changed  # before the look: what is written after it must not be missed
            seen = await overview(self._gateway, self._principal)
            if seen != self._told:
                self._told = seen
                return seen
            await leases.change(changed)


async def overview(gateway: Gateway, principal: str | None) -> Overview:
    """How things stand now."""
    read, today = gateway.database.read, datetime.now().astimezone().date()
    talks_since = time.time() - gateway.config.session_ttl
    running = await read(jobs.newest, principal, MOST, unfinished=True)
    recent = await read(flights_newest, principal, MOST, ended=True)
    days = await read(daily, principal, _begin(today - timedelta(days=DAYS - 1)))
    talks = await read(newest_sessions, principal, talks_since, MOST)
    return Overview(
        version=__version__,
        today=today.isoformat(),
        running=tuple(_running(gateway, job) for job in running),
        recent=tuple(_picked(Ended, each, model=each.model_used) for each in recent),
        days=tuple(_picked(Day, day) for day in days),
        sessions=tuple(_picked(Conversation, talk) for talk in talks),
    )


def _begin(day: date) -> float:
    """When a day of this machine's clock begins, in Unix seconds."""
    return datetime.combine(day, clock()).astimezone().timestamp()


def _running(gateway: Gateway, job: Job) -> Running:
    measured = gateway.outputs.measured(job)
    status = "asking" if asks(job, gateway.spools) else job.status
    return _picked(Running, job, printed=measured.stdout_bytes, note=gateway.note(job), status=status)


def _picked(kind: type[T], row: object, **more: object) -> T:
    """What a kind tells of a row, and more."""
    known = {name: getattr(row, name) for name in kind.__struct_fields__ if name not in more}
    return kind(**known, **more)
