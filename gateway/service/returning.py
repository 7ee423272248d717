"""The reply to a request whose caller did not wait, made from what was kept of it: any gateway can tell it, any time."""

from gateway.domain.caller import Caller
from gateway.errors import NotFound
from gateway.service.adoption import outcome_of
from gateway.service.approvals import denied
from gateway.service.gateway import Gateway
from gateway.service.record import read_asked, read_record
from gateway.service.reply import Reply, is_plain, trimmed
from gateway.service.ticket import servers_told
from gateway.store import jobs


async def reply_for(gateway: Gateway, job_id: str, caller: Caller) -> Reply:
    """What a caller who waited for this job would have been told. It has ended. Denied where it was."""
    rows = await gateway.database.read(jobs.recorded, job_id, caller.principal)
    asked = read_asked(gateway.spools.home(job_id))
    if rows is None or asked is None:
        raise NotFound("The answer is no longer kept", hint="Ask again.")
    job, flights = rows
    if asked.approval and asked.approval.status == "denied" and job.ending == "permission_denied":
        raise denied(asked.approval)
    provider = gateway.plugins.provider(job.provider)
    request = asked.asked(provider)
    outcome = await gateway.outputs.whole(provider, job, outcome_of(job, flights[0]))
    said = gateway.outputs.text(provider, request, job, outcome)
    begun = read_record(gateway.spools.of(job.id, job.attempt))
    enabled = [name for name in dict.fromkeys(request.mcp_servers) if name not in asked.missing_servers]
    reply = Reply(
        job=job,
        flight=flights[0],
        outcome=outcome,
        text=said.text,
        rest=said.rest,
        login=provider.info.login,
        warnings=begun.warnings if begun else asked.warnings,
        mcp_servers=servers_told(request.mcp_servers, enabled, asked.missing_servers),
        integrity=asked.integrity,
        approval=asked.approval,
        expiring=asked.expiring,
        plain=is_plain(provider, request),
    )
    return trimmed(reply, request, asked.saved)
