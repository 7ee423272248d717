"""What a caller gets for a request that has ended."""

from typing import Any

import msgspec
from msgspec import Struct

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES, Outcome
from gateway.domain.request import Request
from gateway.plugin.provider import Provider


class Reply(Struct, frozen=True, kw_only=True):
    """A job that has ended, with the words for whoever asked."""

    job: Job
    flight: Flight
    outcome: Outcome
    text: str
    warnings: tuple[str, ...] = ()
    mcp_servers: dict[str, list[str]] = {}

    @property
    def ok(self) -> bool:
        return self.outcome.ending == "ok"

    @property
    def remedy(self) -> str:
        return REMEDIES[self.outcome.ending]


def worded(provider: Provider, request: Request, outcome: Outcome, lines: str) -> str:
    """The reply's text in the output format that the request asks for; ``lines`` is the CLI's own output."""
    asked: Any = getattr(request, "output_format", None)
    match provider.info.formats.get(asked, "answer"):
        case "lines":
            return lines
        case "document":
            return msgspec.json.encode(provider.document(outcome)).decode()
    return outcome.text
