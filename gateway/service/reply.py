"""What a caller gets for a request that has ended."""

from typing import Any

import msgspec
from msgspec import Struct

from gateway.domain.approvals import Approval
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES, Outcome
from gateway.domain.request import Request
from gateway.plugin.provider import Provider
from gateway.rules.caching import CacheWarning
from gateway.rules.optimize import Optimized, optimized
from gateway.rules.review import Integrity
from gateway.service.ticket import Ticket
from gateway.service.wording import Rest, Said, shape_of


class Reply(Struct, frozen=True, kw_only=True):
    """A job that has ended, with the words for whoever asked."""

    job: Job
    flight: Flight
    outcome: Outcome
    text: str
    warnings: tuple[str, ...] = ()
    mcp_servers: dict[str, list[str]] = {}
    integrity: Integrity | None = None
    approval: Approval | None = None
    saved: dict[str, int] = {}
    """Bytes before and after, where prompt or answer was to be said in fewer words."""
    expiring: CacheWarning | None = None
    plain: bool = True
    """Whether the text is for people, and so may be added to."""
    rest: Rest | None = None
    """Where the text goes on that is too long for a reply; None: it is whole."""
    login: str = ""
    """How to log in, in the provider's own words."""

    @property
    def ok(self) -> bool:
        return self.outcome.ending == "ok"

    @property
    def remedy(self) -> str:
        ending = self.outcome.ending
        own = self.login if ending == "auth_required" else ""
        return " ".join(part for part in (REMEDIES[ending], own) if part)


def reply_of(ticket: Ticket, job: Job, flights: list[Flight], outcome: Outcome, said: Said) -> Reply:
    """The reply to the caller of a ticket. ``said`` is in the output format that was asked for."""
    prepared = ticket.prepared
    reply = Reply(
        job=job,
        flight=next(flight for flight in flights if flight.id == ticket.flight.id),
        outcome=outcome,
        text=said.text,
        rest=said.rest,
        login=ticket.provider.info.login,
        warnings=(*ticket.warnings, *outcome.warnings),
        mcp_servers=ticket.mcp_servers,
        integrity=prepared.integrity,
        approval=prepared.approval,
        expiring=prepared.expiring,
        plain=is_plain(ticket.provider, prepared.request),
    )
    return trimmed(reply, prepared.request, prepared.saved)


def is_plain(provider: Provider, request: Request) -> bool:
    """Whether the reply's text is prose for people rather than something that a program reads."""
    asked: Any = getattr(request, "output_format", None)
    return asked in (None, msgspec.UNSET, "text", "plain") and shape_of(provider, request) == "answer"


def trimmed(reply: Reply, request: Request, prompt: Optimized | None) -> Reply:
    """The reply with what the request asked to be said in fewer words, and what that saved."""
    saved: dict[str, int] = {}
    if prompt is not None:
        saved |= {"promptBytesBefore": prompt.before, "promptBytesAfter": prompt.after}
    if not request.optimize_response or not reply.plain:
        return msgspec.structs.replace(reply, saved=saved)
    shorter = optimized(reply.text)
    saved |= {"responseBytesBefore": shorter.before, "responseBytesAfter": shorter.after}
    return msgspec.structs.replace(reply, text=shorter.text, saved=saved)
