"""The reply to a request whose caller did not wait, made from what was kept: any gateway can tell it, any time."""

from msgspec.structs import replace

from gateway.domain.caller import Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.errors import NotFound
from gateway.service.approvals import denied
from gateway.service.endings import outcome_of
from gateway.service.gateway import Gateway
from gateway.service.record import read_asked, read_joined, read_record
from gateway.service.reply import Reply, is_plain, trimmed
from gateway.service.ticket import servers_told
from gateway.store import flights, jobs


async def task_of(gateway: Gateway, task_id: str, caller: Caller) -> tuple[Job, Flight]:
    """The job behind a task, as whoever asked for it sees it, and their request. Others may share the job: it is
    cancelled for those who have withdrawn from it, and goes on."""
    flight = await gateway.database.read(flights.flight_of, task_id, caller.principal)
    if flight is None:
        raise NotFound(f"There is no task {task_id}.")
    job = await gateway.job(flight.job_id, caller)
    if flight.ending == "cancelled":
        job = replace(job, status="ended", ending="cancelled", finished_at=flight.finished_at)
    return job, flight


async def reply_for(gateway: Gateway, task_id: str, job: Job, caller: Caller) -> Reply:
    """What the caller would have been told by this job, had they waited. It has ended. Denied where it was."""
    rows = await gateway.database.read(jobs.recorded, job.id, caller.principal)
    home = gateway.spools.home(job.id)
    first, joined = read_asked(home), read_joined(home, task_id)
    if rows is None or first is None:
        raise NotFound("The answer is no longer kept", hint="Ask again.")
    job, all_flights = rows
    if first.approval and first.approval.status == "denied" and job.ending == "permission_denied":
        raise denied(first.approval)
    asked = joined or first
    flight = next((each for each in all_flights if each.id == task_id), all_flights[0])
    provider = gateway.plugins.provider(job.provider)
    request = asked.asked(provider)
    outcome = await gateway.outputs.whole(provider, job, outcome_of(job, all_flights[0]))
    said = gateway.outputs.text(provider, request, job, outcome)
    begun = None if joined else read_record(gateway.spools.of(job.id, 1))
    enabled = [name for name in dict.fromkeys(request.mcp_servers) if name not in asked.missing_servers]
    reply = Reply(
        job=job,
        flight=flight,
        outcome=outcome,
        text=said.text,
        rest=said.rest,
        login=provider.info.login,
        warnings=(*(begun.warnings if begun else asked.warnings), *outcome.warnings),
        mcp_servers=servers_told(request.mcp_servers, enabled, asked.missing_servers),
        integrity=asked.integrity,
        approval=asked.approval,
        expiring=asked.expiring,
        plain=is_plain(provider, request),
    )
    return trimmed(reply, request, asked.saved)
