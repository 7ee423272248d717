"""What ``gateway ask`` prints when it is over."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.cli.exits import ANSWERED, EXITS, INTERRUPTED
from gateway.cli.output import complain, show_json, show_text, told
from gateway.cli.remedies import remedy
from gateway.domain.flights import Flight
from gateway.domain.outcome import Usage
from gateway.domain.provider import ProviderInfo
from gateway.rules.fold import HEAD
from gateway.service.reply import Reply

if TYPE_CHECKING:
    from gateway.service.gateway import Gateway


class Answer(Struct, frozen=True, kw_only=True):
    """A reply, the whole of its text, and whether an interrupt ended the run."""

    reply: Reply
    text: str
    interrupted: bool

    @property
    def exit(self) -> int:
        return INTERRUPTED if self.interrupted else EXITS[self.reply.outcome.ending]


async def whole(gateway: "Gateway", reply: Reply) -> str:
    """The reply's text. What the outcome leaves out of a long answer is read from the job's own files."""
    outcome = reply.outcome
    if outcome.text_bytes <= HEAD or reply.text != outcome.text:
        return reply.text
    pages, cursor = [], "0"
    while cursor:
        page = await gateway.page(reply.job.id, cursor, outcome.text_bytes, raw=False)
        pages.append(gateway.redact(page.text))
        cursor = page.next_cursor or ""
    return "".join(pages)


def show_answer(answer: Answer, info: ProviderInfo, *, as_json: bool, quiet: bool) -> int:
    """Print the answer and what goes with it; the exit code."""
    reply, outcome = answer.reply, answer.reply.outcome
    advice = remedy(info, outcome.ending)
    if as_json:
        show_json(**_facts(answer), remedy=advice or None)
    elif answer.text and outcome.ending in ANSWERED:
        show_text(answer.text)
    for warning in () if quiet else reply.warnings:
        complain(f"Warning: {warning}")
    if answer.interrupted:
        session = f", session {outcome.session_id}" if outcome.session_id else ""
        complain(
            f"Interrupted. Kept: job {reply.job.id}{session}.", f"See `gateway jobs result {reply.job.id}`."
        )
    elif not reply.ok:
        complain(f"Error: {outcome.error or outcome.ending}", advice)
    return answer.exit


def interrupted(begun: list[str], *, as_json: bool) -> int:
    """Tell that nobody waited for the end; the exit code."""
    job_id = begun[0] if begun else None
    if as_json:
        show_json(ending="cancelled", error="Interrupted.", jobId=job_id)
    hint = (
        f"Not waited for: job {job_id}. See `gateway jobs show {job_id}`." if job_id else "Nothing was begun."
    )
    complain("Interrupted.", hint)
    return INTERRUPTED


def _facts(answer: Answer) -> dict[str, Any]:
    job, outcome, flight = answer.reply.job, answer.reply.outcome, answer.reply.flight
    return {
        "ending": outcome.ending,
        "text": answer.text,
        "error": outcome.error,
        "provider": job.provider,
        "model": outcome.model,
        "sessionId": outcome.session_id,
        "usage": usage(flight),
        "cost": {"usd": flight.cost_usd, "source": flight.cost_source},
        "jobId": job.id,
        "correlationId": job.correlation_id,
        "workingDir": job.directory,
        "durationMs": flight.duration_ms,
        "stopReason": outcome.stop_reason,
        "mcpServers": answer.reply.mcp_servers,
        "warnings": list(answer.reply.warnings),
    }


def usage(flight: Flight) -> dict[str, Any]:
    """The tokens of one run; null is not known."""
    names = [name for name in Usage.__struct_fields__ if name.endswith("_tokens")]
    return told(Usage(**{name: getattr(flight, name) for name in names}), without=("cost_usd",))
