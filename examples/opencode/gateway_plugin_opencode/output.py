"""What opencode prints, and what it is taken to mean (1.18.33)."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from gateway import (
    Ending,
    Event,
    Exit,
    Failed,
    Finished,
    Outcome,
    Started,
    TextDelta,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    ending_of_status,
    replace,
)

NAMES: dict[str, Ending] = {
    "ProviderAuthError": "auth_required",
    "ContextOverflowError": "input_too_large",
    "MessageOutputLengthError": "truncated",
    "ContentFilterError": "refused",
    "MessageAbortedError": "cancelled",
}
"""Errors by the names that its events give them."""
STOPS: dict[str, Ending] = {"length": "truncated", "content-filter": "refused"}
SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("Session not found", "session_unknown"),
    ("ModelNotFound", "model_unknown"),
    ("opencode run [message..]", "cli_incompatible"),  # it prints its help, and not what was wrong
    ("File not found", "input_invalid"),
    ("auto-rejecting", "permission_denied"),
)
"""Words on stderr, and what they mean where something has failed."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOGGED = re.compile(r'message=failed ref=\S+ error="((?:[^"\\]|\\.)*)"')
"""Where the log says what the event called unexpected."""


class _Cache(Struct):
    read: int | None = None
    write: int | None = None


class _Tokens(Struct):
    input: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cache: _Cache = field(default_factory=_Cache)


class _State(Struct):
    title: str | None = None


class _Part(Struct):
    text: str = ""
    tool: str = ""
    state: _State = field(default_factory=_State)
    reason: str = ""
    tokens: _Tokens | None = None
    cost: float | None = None


class _Told(Struct, rename="camel"):
    message: str = ""
    status_code: int | None = None


class _Error(Struct):
    name: str = ""
    data: _Told = field(default_factory=_Told)


class Line(Struct):
    """What is read of one line."""

    type: str = ""
    session_id: str | None = field(default=None, name="sessionID")
    part: _Part = field(default_factory=_Part)
    error: _Error = field(default_factory=_Error)


def events_of(line: Line) -> Iterator[Event]:
    """What a line means."""
    if line.session_id:
        yield Started(line.session_id)
    match line.type:
        case "text":
            yield TextDelta(line.part.text)
        case "reasoning":
            yield Thinking(line.part.text)
        case "tool_use":
            yield ToolUsed(line.part.tool, line.part.state.title or "")
        case "step_finish":
            yield from _step(line.part)
        case "error":
            told = line.error.data
            yield Failed(told.message or line.error.name, _ending(line.error))


def _step(part: _Part) -> Iterator[Event]:
    if part.tokens is not None:
        yield UsageReported(_usage(part.tokens, part.cost), "step")
    if part.reason and part.reason != "tool-calls":
        yield Finished(stop_reason=part.reason)


def _usage(tokens: _Tokens, cost: float | None) -> Usage:
    """Its counts do not overlap. A cost of nothing is that of a model whose price it does not know."""
    return Usage(
        input_tokens=_sum(tokens.input, tokens.cache.read, tokens.cache.write),
        output_tokens=_sum(tokens.output, tokens.reasoning),
        cache_read_tokens=tokens.cache.read,
        cache_write_tokens=tokens.cache.write,
        reasoning_tokens=tokens.reasoning,
        cost_usd=cost or None,
    )


def _sum(first: int | None, *others: int | None) -> int | None:
    return None if first is None else first + sum(each or 0 for each in others)


def _ending(error: _Error) -> Ending:
    if error.data.status_code is not None:
        return ending_of_status(error.data.status_code)
    return NAMES.get(error.name, "provider_error")


def judged(outcome: Outcome, exit: Exit) -> Outcome:
    """The ending, from what was printed and from the exit together."""
    stderr = _COLOUR.sub("", exit.stderr_tail)
    if outcome.ending == "provider_error" and (logged := _LOGGED.search(stderr)):
        return replace(outcome, ending=_said(logged[1]), error=logged[1])
    if outcome.ending != "ok":
        return outcome
    if outcome.stop_reason in STOPS:
        return replace(outcome, ending=STOPS[outcome.stop_reason])
    if exit.returncode == 0 and outcome.finished:
        return outcome if outcome.text.strip() else replace(outcome, ending="empty")
    ending = _said(stderr)
    return replace(outcome, ending=ending, error=_sentence(stderr, ending, exit.returncode))


def _said(text: str) -> Ending:
    return next((ending for words, ending in SAYINGS if words in text), "provider_error")


def _sentence(stderr: str, ending: Ending, returncode: int | None) -> str:
    """The line that says what was wrong, without its ornaments."""
    if ending == "cli_incompatible":
        return "opencode printed its help: the installed version does not take an argument that it was given."
    lines = [line.strip(" !") for line in stderr.splitlines() if line.strip() and "level=" not in line]
    return lines[0] if lines else f"opencode ended with status {returncode}, without saying that it was done."
