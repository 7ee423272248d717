"""What ``gateway ask`` prints when it is over."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.cli.exits import ANSWERED, EXITS, INTERRUPTED
from gateway.cli.output import complain, show_json, show_text, told
from gateway.domain.flights import Flight
from gateway.domain.outcome import Usage
from gateway.service.pages import PAGE
from gateway.service.reply import Reply
from gateway.service.wording import Rest

if TYPE_CHECKING:
    from gateway.service.gateway import Gateway


class Answer(Struct, frozen=True, kw_only=True):
    """A reply, its text as far as it can be printed, and whether an interrupt ended the run."""

    reply: Reply
    text: str
    rest: Rest | None
    """Where the part is that cannot be printed; None: the text is whole."""
    interrupted: bool

    @property
    def exit(self) -> int:
        return INTERRUPTED if self.interrupted else EXITS[self.reply.outcome.ending]


async def whole(gateway: "Gateway", reply: Reply, *, interrupted: bool) -> Answer:
    """The answer with all of its text. What a reply leaves out is read from the job's own files.

    A document ends before its answer is told: nothing can be put behind it.
    """
    rest, parts = reply.rest, [reply.text]
    while rest is not None and (reply.plain or rest.raw):
        _, page = await gateway.result(reply.job.id, rest.cursor, PAGE, raw=rest.raw)
        if page.encoding != "utf-8":
            break
        parts.append(page.text)
        rest = None if page.next_cursor is None else Rest(page.next_cursor, rest.raw)
    return Answer(reply=reply, text="".join(parts), rest=rest, interrupted=interrupted)


def show_answer(answer: Answer, *, as_json: bool, quiet: bool) -> int:
    """Print the answer and what goes with it; the exit code."""
    reply, outcome = answer.reply, answer.reply.outcome
    if as_json:
        show_json(**_facts(answer), remedy=reply.remedy or None)
    elif answer.text and outcome.ending in ANSWERED:
        show_text(answer.text)
    for warning in () if quiet else (*reply.warnings, *_cut(answer)):
        complain(f"Warning: {warning}")
    if answer.interrupted:
        session = f", session {outcome.session_id}" if outcome.session_id else ""
        complain(
            f"Interrupted. Kept: job {reply.job.id}{session}.", f"See `gateway jobs result {reply.job.id}`."
        )
    elif not reply.ok:
        complain(f"Error: {outcome.error or outcome.ending}", reply.remedy)
    return answer.exit


def _cut(answer: Answer) -> list[str]:
    """What to do where the text is not whole."""
    if answer.rest is None:
        return []
    raw = " --raw" if answer.rest.raw else ""
    command = f"gateway jobs result {answer.reply.job.id}{raw} --cursor {answer.rest.cursor}"
    return [f"The text is cut. See `{command}` for the rest."]


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
        "truncated": answer.rest is not None,
        "rest": None if answer.rest is None else told(answer.rest),
        "error": outcome.error,
        "provider": job.provider,
        "cliVersion": flight.cli_version,
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
