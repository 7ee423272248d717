"""How the running jobs are doing."""

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import trio
from msgspec import Struct

from gateway.config import Config, config_path, former_in
from gateway.domain.jobs import Job
from gateway.domain.probes import Finding
from gateway.host.vitals import Vitals, look_at
from gateway.service.outputs import Outputs


class JobHealth(Struct, frozen=True, kw_only=True, rename="camel"):
    """One running job and its process tree; ``process_health`` is None while it waits for a place."""

    job_id: str
    cli: str
    status: str
    process_health: Vitals | None
    is_dead: bool
    is_zombie: bool
    running_for_ms: int
    silent_for_ms: int | None
    """Since the CLI last printed something."""
    stdout_bytes: int
    stderr_bytes: int


async def measure(running: list[Job], outputs: Outputs) -> list[JobHealth]:
    """The health of each of these jobs."""
    pids = {job.id: pid for job in running if (pid := outputs.pid(job)) is not None}
    vitals = await trio.to_thread.run_sync(look_at, list(pids.values())) if pids else {}
    return [_health(job, vitals.get(pids.get(job.id, 0)), outputs.printed_at(job)) for job in running]


def _health(job: Job, vitals: Vitals | None, printed_at: float | None) -> JobHealth:
    now = time.time()
    return JobHealth(
        job_id=job.id,
        cli=job.provider,
        status=job.status,
        process_health=vitals,
        is_dead=vitals is not None and not vitals.alive,
        is_zombie=vitals is not None and vitals.state == "zombie",
        running_for_ms=round((now - (job.started_at or job.created_at)) * 1000),
        silent_for_ms=None if printed_at is None else max(0, round((now - printed_at) * 1000)),
        stdout_bytes=job.stdout_bytes,
        stderr_bytes=job.stderr_bytes,
    )


FORGETFUL = {
    "memory": "Jobs are forgotten when this gateway ends.",
    "none": "Nothing is kept: there are no jobs that one could come back for.",
}


def of_backend(config: Config) -> Iterator[Finding]:
    """What is worth knowing about a backend that forgets."""
    told = FORGETFUL.get(config.persistence.backend)
    if told:
        yield Finding("database", f"{told} The backend is {config.persistence.backend!r}.", level="info")


def persistence(config: Config, environ: Mapping[str, str]) -> dict[str, Any]:
    """Where jobs are kept and for how long, in the words of version 1.7.0."""
    kept = config.persistence
    path = config_path(environ)
    return {
        "backend": kept.backend,
        "dbPath": f"{config.state}/gateway.db" if kept.backend == "sqlite" else None,
        "dsn": None,
        "retentionDays": kept.retention_days,
        "dedupWindowMs": kept.dedup_window_ms,
        "asyncJobsEnabled": kept.durable,
        "acknowledgeEphemeral": kept.acknowledge_ephemeral,
        "sources": {
            "configFile": path if os.path.exists(path) else None,
            "envOverrides": former_in(environ),
        },
        "warning": FORGETFUL.get(kept.backend),
    }
