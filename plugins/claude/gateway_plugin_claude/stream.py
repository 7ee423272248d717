"""What the lines of ``--output-format=stream-json`` mean."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway import (
    Ending,
    Event,
    Failed,
    Finished,
    Message,
    Started,
    TextDelta,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
    ending_of_status,
)


class _Block(Struct):
    type: str = ""
    text: str = ""
    name: str = ""
    input: dict[str, Any] = {}
    thinking: str = ""


class _Message(Struct):
    content: list[_Block] | str = []
    model: str = ""


class _Delta(Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""


class _Partial(Struct):
    type: str = ""
    delta: _Delta = msgspec.field(default_factory=_Delta)


class _Tokens(Struct):
    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    output_tokens_details: dict[str, Any] | None = None


class _ModelUsage(Struct, rename="camel"):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cost_usd: float = msgspec.field(default=0.0, name="costUSD")


class _Line(Struct):
    """What is read of one line of stream-json. The order of its keys is not stable."""

    type: str = ""
    subtype: str = ""
    session_id: str | None = None
    model: str | None = None
    parent_tool_use_id: str | None = None
    message: _Message | str | None = None
    event: _Partial | None = None
    error: str | None = None
    attempt: int = 0
    max_retries: int = 0
    is_error: bool = False
    api_error_status: int | None = None
    result: str | None = None
    errors: list[str] = []
    stop_reason: str | None = None
    total_cost_usd: float | None = None
    result_index: int | None = None
    usage: _Tokens | None = None
    model_usage: dict[str, _ModelUsage] = msgspec.field(default_factory=dict, name="modelUsage")
    model_usage_since_last_result: dict[str, _ModelUsage] | None = None
    permission_denials: list[dict[str, Any]] = []


_decode = msgspec.json.Decoder(_Line).decode


def events(frames: Sequence[bytes]) -> Iterator[Event]:
    """What lines of stream-json mean. A subagent's own lines are left out."""
    for line in map(_decode, frames):
        if line.parent_tool_use_id is None:
            yield from _events(line)


def _events(line: _Line) -> Iterator[Event]:
    match line.type:
        case "system":
            yield from _system(line)
        case "stream_event" if line.event is not None:
            yield from _delta(line.event.delta)
        case "assistant" if isinstance(line.message, _Message):
            yield from _assistant(line.message, line.error)
        case "result":
            yield from _result(line)


def _system(line: _Line) -> Iterator[Event]:
    match line.subtype:
        case "init":
            yield Started(line.session_id, line.model)
        case "api_retry":
            yield Warned(f"The API failed ({line.error}); try {line.attempt} of {line.max_retries}.")
        case "permission_denied" if isinstance(line.message, str):
            yield Warned(line.message)


def _delta(delta: _Delta) -> Iterator[Event]:
    match delta.type:
        case "text_delta":
            yield TextDelta(delta.text)
        case "thinking_delta":
            yield Thinking(delta.thinking)


def _assistant(message: _Message, error: str | None) -> Iterator[Event]:
    if message.model == "<synthetic>" or isinstance(message.content, str):
        return
    for block in message.content:
        match block.type:
            case "text":
                yield Message(block.text)
            case "tool_use":
                yield ToolUsed(block.name, _detail(block.input))


def _detail(arguments: dict[str, Any]) -> str:
    for name in ("command", "file_path", "pattern", "url", "query", "description", "prompt"):
        if isinstance(value := arguments.get(name), str):
            return value
    return ""


def _result(line: _Line) -> Iterator[Event]:
    yield Started(line.session_id)
    yield UsageReported(_usage(line))
    if line.permission_denials:
        names = sorted({str(denial.get("tool_name")) for denial in line.permission_denials})
        yield Warned(
            f"Not allowed, and so not done: {', '.join(names)}. A wider permissionMode would allow it."
        )
    if line.is_error or line.subtype.startswith("error"):
        message = line.result or "; ".join(line.errors) or line.subtype
        yield Failed(message, _ending(line, message))
        yield Finished(stop_reason=line.stop_reason)
        return
    yield Finished(line.result, line.stop_reason)


def _usage(line: _Line) -> Usage:
    recent = line.model_usage_since_last_result
    models = line.model_usage if recent is None else recent
    cost = line.total_cost_usd if line.result_index is None else None
    if recent is not None:
        # Since 2.1.330 total_cost_usd runs on over resumes; this table is the run's own.
        cost = sum(model.cost_usd for model in recent.values())
    tokens = line.usage or _Tokens()
    if not tokens.input_tokens and not tokens.output_tokens and line.result_index is None:
        # After a budget stop `usage` is all zero and only the table by model is true (2.1.197).
        tokens = _summed(models)
    elif recent is not None and not tokens.output_tokens:
        tokens = _summed(recent)
    details = tokens.output_tokens_details or {}
    return Usage(
        input_tokens=tokens.input_tokens
        + tokens.cache_creation_input_tokens
        + tokens.cache_read_input_tokens,
        output_tokens=tokens.output_tokens,
        cache_read_tokens=tokens.cache_read_input_tokens,
        cache_write_tokens=tokens.cache_creation_input_tokens,
        reasoning_tokens=details.get("thinking_tokens"),
        cost_usd=cost,
    )


def _summed(models: Mapping[str, _ModelUsage]) -> _Tokens:
    total = models.values()
    return _Tokens(
        input_tokens=sum(model.input_tokens for model in total),
        output_tokens=sum(model.output_tokens for model in total),
        cache_read_input_tokens=sum(model.cache_read_input_tokens for model in total),
        cache_creation_input_tokens=sum(model.cache_creation_input_tokens for model in total),
    )


SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("Not logged in", "auth_required"),
    ("Invalid API key", "auth_required"),
    ("OAuth token", "auth_required"),
    ("No conversation found", "session_unknown"),
    ("Prompt is too long", "input_too_large"),
    ("exceeds 10MB", "input_too_large"),
    ("Request too large", "input_too_large"),
    ("issue with the selected model", "model_unknown"),
    ("usage limit", "quota_exhausted"),
    ("hit your limit", "quota_exhausted"),
    ("Credit balance", "quota_exhausted"),
    ("cannot be used with root", "permission_denied"),
    ("unknown option", "cli_incompatible"),
    ("--agent '", "input_invalid"),
    ("Invalid session ID", "input_invalid"),
    ("is already in use", "input_invalid"),
    ("Invalid MCP configuration", "input_invalid"),
    ("unable to respond to this request", "refused"),
    ("output token maximum", "truncated"),
)
SUBTYPES: dict[str, Ending] = {"error_max_turns": "truncated", "error_max_budget_usd": "truncated"}


def _ending(line: _Line, message: str) -> Ending:
    if line.subtype in SUBTYPES:
        return SUBTYPES[line.subtype]
    if line.stop_reason == "refusal":
        return "refused"
    told = said(message)
    if told is None and line.api_error_status:
        return ending_of_status(line.api_error_status)
    return told or "provider_error"


def said(text: str) -> Ending | None:
    return next((ending for words, ending in SAYINGS if words in text), None)
