"""A reply's text, in the output format that the request asks for and short enough for one frame."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from gateway.domain.outcome import Outcome
from gateway.domain.provider import Shape
from gateway.domain.request import Request, replace
from gateway.plugin.provider import Provider
from gateway.rules.fold import HEAD
from gateway.service.pages import PAGE


class Rest(Struct, frozen=True):
    """Where the part begins that a text leaves out, for whoever fetches it page by page."""

    cursor: str
    raw: bool = False
    """Whether the cursor is one of the raw output, or else of the answer."""


class Said(Struct, frozen=True):
    """A text, and where the rest of it is. None: this is all."""

    text: str
    rest: Rest | None = None


def shape_of(provider: Provider, request: Request) -> Shape:
    """How the reply is to be rendered."""
    asked: Any = getattr(request, "output_format", None)
    return provider.info.formats.get(asked, "answer")


def worded(provider: Provider, request: Request, outcome: Outcome, lines: Callable[[], Said]) -> Said:
    """What the caller gets to read; ``lines`` is the CLI's own output."""
    match shape_of(provider, request):
        case "lines":
            return lines()
        case "document":
            answer = cut(outcome, PAGE // 2)
            document = provider.document(replace(outcome, text=answer.text))
            return Said(msgspec.json.encode(document).decode(), answer.rest)
    return cut(outcome, PAGE)


def cut(outcome: Outcome, most: int) -> Said:
    """The beginning of an answer, of at most so many bytes."""
    data = outcome.text.encode()
    if len(data) <= most and outcome.text_bytes <= HEAD:
        return Said(outcome.text)
    head = data[:most].decode(errors="ignore")
    return Said(head, Rest(str(len(head.encode()))))
