"""What the CLI writes, and what it means: the lines of ``--json``, and the rollout file it keeps of a session."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from gateway import (
    Event,
    Failed,
    Finished,
    Message,
    Started,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
)
from gateway_plugin_codex.facts import CODES, ending_of, sentence

NOTHING_TO_CONTINUE = "There was no session to continue here; the CLI began a new one."
"""Said of every first turn: only who knows how the run was started can tell whether it matters."""


class _Change(Struct):
    path: str = ""


class _Problem(Struct):
    message: str = ""
    codex_error_info: Any = None


class _Item(Struct):
    type: str = ""
    text: str = ""
    message: str = ""
    command: str = ""
    query: str = ""
    server: str = ""
    tool: str = ""
    changes: list[_Change] = []
    error: _Problem | None = None


class _Tokens(Struct):
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_output_tokens: int | None = None


class _Line(Struct):
    """What is read of one line of --json."""

    type: str = ""
    thread_id: str | None = None
    item: _Item | None = None
    usage: _Tokens | None = None
    message: str = ""
    error: _Problem | None = None


_decode = msgspec.json.Decoder(_Line).decode


def events_of(frame: bytes) -> Iterator[Event]:
    """The events of one line of --json."""
    line = _decode(frame)
    match line.type:
        case "thread.started":
            yield Started(line.thread_id)
        case "item.started" if line.item is not None:
            yield from _begun(line.item)
        case "item.completed" if line.item is not None:
            yield from _done(line.item)
        case "error" if line.message:
            # It may be a retry that is about to succeed; only turn.failed is final, and says the same again.
            yield Warned(sentence(line.message))
        case "turn.completed":
            if line.usage is not None:
                yield UsageReported(_usage(line.usage), scope="session")
            yield Finished()
        case "turn.failed" if line.error is not None:
            yield Failed(sentence(line.error.message), ending_of(line.error.message))


def _begun(item: _Item) -> Iterator[Event]:
    match item.type:
        case "command_execution":
            yield ToolUsed("command", item.command)
        case "file_change":
            yield ToolUsed("edit", ", ".join(change.path for change in item.changes))
        case "mcp_tool_call":
            yield ToolUsed(f"{item.server}/{item.tool}")


def _done(item: _Item) -> Iterator[Event]:
    match item.type:
        case "agent_message":
            yield Message(item.text)
        case "reasoning":
            yield Thinking(item.text)
        case "error":
            yield Warned(item.message)
        case "web_search":
            yield ToolUsed("web search", item.query)
        case "mcp_tool_call" if item.error is not None:
            yield Warned(f"{item.server}/{item.tool}: {item.error.message}")


def _usage(tokens: _Tokens) -> Usage:
    return Usage(
        input_tokens=tokens.input_tokens,
        output_tokens=tokens.output_tokens,
        cache_read_tokens=tokens.cached_input_tokens,
        cache_write_tokens=tokens.cache_write_input_tokens,
        reasoning_tokens=tokens.reasoning_output_tokens,
    )


class _Payload(Struct):
    type: str = ""
    model: str | None = None
    turn_token_usage: _Tokens | None = None
    error: Any = None


class _Record(Struct):
    type: str = ""
    payload: _Payload | None = None


_record = msgspec.json.Decoder(_Record).decode


def events_of_rollout(data: bytes) -> Iterator[Event]:
    """What the rollout file tells of its last turn: the model and its own usage, even if it failed."""
    # The last line is left out where it is not whole: a killed CLI may have been writing it.
    records = [_record(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
    turns = [number for number, record in enumerate(records) if _kind(record) == "task_started"]
    if not turns:
        return
    if len(turns) == 1:
        yield Warned(NOTHING_TO_CONTINUE)
    for record in records[turns[-1] :]:
        yield from _told(record)


def _kind(record: _Record) -> str:
    return record.payload.type if record.payload else ""


def _told(record: _Record) -> Iterator[Event]:
    payload = record.payload or _Payload()
    if record.type == "turn_context":
        yield Started(model=payload.model)
    if record.type == "token_usage_record" and payload.turn_token_usage is not None:
        yield UsageReported(_usage(payload.turn_token_usage))
    if payload.type == "task_complete" and isinstance(payload.error, dict):
        message, code = str(payload.error.get("message")), str(payload.error.get("codex_error_info"))
        yield Failed(sentence(message), CODES.get(code) or ending_of(message))
