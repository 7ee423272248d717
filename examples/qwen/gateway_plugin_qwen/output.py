"""What Qwen Code prints, and what it is taken to mean (0.15.10)."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from gateway import (
    Ending,
    Event,
    Exit,
    Failed,
    Finished,
    Message,
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

API_ERROR = re.compile(r"\[API Error: (?:(\d{3})\b)?.*\]", re.DOTALL)
"""How a failure of the API looks: it is printed as an answer, and the CLI ends with status 0."""
NO_ANSWER = "[API Error: Model stream ended with empty response text.]"

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("No auth type is selected", "auth_required"),
    ("API key", "auth_required"),
    ("OAuth", "auth_required"),
    ("No saved session found", "session_unknown"),
    ("Reached max session turns", "truncated"),
    ("Unknown argument", "cli_incompatible"),
    ("Invalid values", "input_invalid"),
    ("already in use", "input_invalid"),
    ("not supported in this mode", "input_invalid"),
    ("uota", "quota_exhausted"),
    ("Operation cancelled", "cancelled"),
)
"""Words of an error, and what they mean."""


class _Part(Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""
    name: str = ""


class _Tokens(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Message(Struct):
    model: str | None = None
    content: list[_Part] | str = ""
    usage: _Tokens = field(default_factory=_Tokens)


class _Event(Struct):
    delta: _Part = field(default_factory=_Part)


class _Error(Struct):
    message: str = ""


class Line(Struct):
    """What is read of one line."""

    type: str = ""
    session_id: str | None = None
    model: str | None = None
    parent_tool_use_id: str | None = None
    message: _Message = field(default_factory=_Message)
    event: _Event = field(default_factory=_Event)
    is_error: bool = False
    result: str | None = None
    error: _Error = field(default_factory=_Error)
    usage: _Tokens | None = None


def events_of(line: Line) -> Iterator[Event]:
    """What a line means. What the agents below the agent say is not the answer."""
    match line.type:
        case "system":
            yield Started(line.session_id, line.model)
        case "stream_event" if not line.parent_tool_use_id:
            yield from _piece(line.event.delta)
        case "assistant" if not line.parent_tool_use_id:
            yield from _message(line.message)
        case "result":
            yield from _end(line)


def _piece(delta: _Part) -> Iterator[Event]:
    if delta.thinking:
        yield Thinking(delta.thinking)
    if delta.text:
        yield TextDelta(delta.text)


def _message(message: _Message) -> Iterator[Event]:
    parts = message.content if isinstance(message.content, list) else [_Part("text", message.content)]
    text = "".join(part.text for part in parts if part.type == "text")
    found = API_ERROR.match(text)
    # The model itself may say such a thing; then it has cost something.
    if found and (not message.usage.output_tokens or text == NO_ANSWER):
        yield Message("")
        yield Failed(text, _ending(text, found[1]))
    elif text:
        yield Message(text)
    for part in parts:
        if part.type == "tool_use":
            yield ToolUsed(part.name)


def _ending(text: str, status: str | None) -> Ending:
    if text == NO_ANSWER:
        return "empty"
    return ending_of_status(int(status)) if status else said(text)


def _end(line: Line) -> Iterator[Event]:
    if line.usage is not None:
        usage = Usage(
            input_tokens=line.usage.input_tokens,
            output_tokens=line.usage.output_tokens,
            cache_read_tokens=line.usage.cache_read_input_tokens,
        )
        yield UsageReported(usage, "session")
    if line.is_error:
        message = line.error.message or "Qwen Code failed and did not say why."
        yield Failed(message, said(message))
    else:
        yield Finished()


def said(text: str) -> Ending:
    """What the words of an error mean."""
    return next((ending for words, ending in SAYINGS if words in text), "provider_error")


def judged(outcome: Outcome, exit: Exit) -> Outcome:
    """The ending, from what was printed and from the exit together."""
    if outcome.ending != "ok":
        return outcome
    if exit.returncode != 0 or not outcome.finished:
        told = exit.stderr_tail.strip()
        error = (
            told.splitlines()[0]
            if told
            else f"Qwen Code ended with status {exit.returncode}, without a word."
        )
        return replace(outcome, ending=said(told), error=error)
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")
