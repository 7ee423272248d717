"""``gateway ps``: what runs now, and which gateway looks after it."""

from typing import Any

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import brief, lasted, show_json, show_table, size
from gateway.domain.caller import LOCAL
from gateway.host.owners import pid_of
from gateway.rules.instants import iso
from gateway.service.running import Running, running

COLUMNS = ("id", "provider", "state", "age", "gateway", "cpu", "memory", "silent", "queue")


@click.command("ps")
@click.option("--all", "everyones", is_flag=True, help="Those of remote callers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(*, everyones: bool, as_json: bool) -> None:
    """List what runs now, in every gateway, the oldest first.

    CPU and memory are those of the CLI and of everything that it has started. A gateway that is gone leaves its
    jobs running; the next one that starts, or one that is there already, looks after them. A job that is asking
    waits for a person to answer at its client.
    """

    async def look(_: Interrupt) -> list[Running]:
        async with local.database() as database:
            return await running(database, local.config(), None if everyones else LOCAL.principal)

    found = run(look)
    if as_json:
        show_json(jobs=[_told(each) for each in found])
        return
    show_table(COLUMNS, map(_row, found))


def _state(each: Running) -> str:
    """Also what the database does not know: a process that has ended without anybody to see it, an open question."""
    if each.asks:
        return "asking"
    return "process gone" if each.health.is_dead else each.job.status


def _row(each: Running) -> tuple[object, ...]:
    vitals, owner = each.health.process_health, pid_of(each.owner or "")
    cpu, memory = (vitals.cpu_percent, vitals.memory_rss_kb) if vitals else (None, None)
    silent = each.health.silent_for_ms
    return (
        brief(each.job.id),
        each.job.provider,
        _state(each),
        lasted(each.health.running_for_ms / 1000),
        owner if each.owner_lives else f"{owner or '?'} (gone)",
        None if cpu is None else f"{cpu:.0f}%",
        None if memory is None else size(memory * 1024),
        None if silent is None else lasted(silent / 1000),
        each.position,
    )


def _told(each: Running) -> dict[str, Any]:
    job, health, vitals = each.job, each.health, each.health.process_health
    return {
        "id": job.id,
        "provider": job.provider,
        "tool": job.tool,
        "state": _state(each),
        "mode": job.mode,
        "attempt": job.attempt,
        "createdAt": iso(job.created_at),
        "startedAt": iso(job.started_at),
        "ageMs": health.running_for_ms,
        "workingDir": job.directory,
        "gateway": {"name": each.owner, "pid": pid_of(each.owner or ""), "alive": each.owner_lives},
        "pid": vitals and vitals.pid,
        "processes": vitals and vitals.processes,
        "cpuPercent": vitals and vitals.cpu_percent,
        "memoryKb": vitals and vitals.memory_rss_kb,
        "silentForMs": health.silent_for_ms,
        "stdoutBytes": health.stdout_bytes,
        "stderrBytes": health.stderr_bytes,
        "queuePosition": each.position,
    }
