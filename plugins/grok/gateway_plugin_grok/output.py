"""What the lines of streaming-json mean, and the sentences of an error."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from gateway import (
    Ending,
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
    ending_of_status,
)
from gateway_plugin_grok.facts import SAYINGS


class _Words(Struct):
    text: str = ""


class _Part(Struct):
    content: _Words | None = None


class _Tokens(Struct):
    input_tokens: int = 0
    """Without what was read from the cache or written to it."""
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int | None = None


class _Model(Struct, rename="camel"):
    model_calls: int = 0


class Line(Struct, rename="camel"):
    """What is read of one line."""

    type: str = ""
    data: str = ""
    message: str = ""
    title: str = ""
    tool_name: str | None = None
    raw_input: Any = None
    status: str | None = None
    content: list[_Part] | None = None
    stop_reason: str | None = None
    session_id: str | None = None
    usage: _Tokens | None = None
    total_cost_usd: float | None = msgspec.field(default=None, name="total_cost_usd")
    model_usage: dict[str, _Model] = {}
    structured_output_error: str | None = None


decode = msgspec.json.Decoder(Line).decode


def events(line: Line) -> Iterator[Event]:
    """What one line means."""
    match line.type:
        case "text":
            yield TextDelta(line.data)
        case "thought":
            yield Thinking(line.data)
        case "tool_call":
            yield ToolUsed(line.tool_name or line.title, _detail(line.raw_input))
        case "tool_call_update" if line.status == "failed":
            yield from _refusal(line)
        case "max_turns_reached":
            yield Failed("The run reached maxTurns before it was done.", "truncated")
        case "error":
            yield from _spent(line)
            yield Failed(*reason(line.message))
        case "end":
            yield from _end(line)


def _detail(arguments: Any) -> str:
    names = ("command", "target_file", "file_path", "pattern", "query", "url", "description", "tool_name")
    said = (arguments.get(name) for name in names) if isinstance(arguments, dict) else ()
    return next((value for value in said if isinstance(value, str)), "")


def _refusal(line: Line) -> Iterator[Event]:
    """A tool that was not allowed to run, as opposed to one that ran and failed."""
    for part in line.content or ():
        said = part.content.text if part.content else ""
        found = re.match(r"Tool `(.+?)` was not executed|User cancelled the execution for tool `(.+?)`", said)
        if found:
            yield Warned(f"Not allowed, and so not done: {found[1] or found[2]}.")


def _spent(line: Line) -> Iterator[Event]:
    if line.usage is None:
        return
    tokens = line.usage
    yield UsageReported(
        Usage(
            input_tokens=tokens.input_tokens
            + tokens.cache_read_input_tokens
            + tokens.cache_creation_input_tokens,
            output_tokens=tokens.output_tokens,
            cache_read_tokens=tokens.cache_read_input_tokens,
            cache_write_tokens=tokens.cache_creation_input_tokens,
            reasoning_tokens=tokens.reasoning_tokens,
            cost_usd=line.total_cost_usd,
        )
    )


def _end(line: Line) -> Iterator[Event]:
    # Subagents may have models of their own: the one that was called most is the run's.
    calls = {name: model.model_calls for name, model in line.model_usage.items()}
    yield Started(line.session_id, max(calls, key=calls.__getitem__, default=None))
    yield from _spent(line)
    if line.structured_output_error:
        yield Failed(
            f"The answer does not match jsonSchema: {line.structured_output_error}", "provider_error"
        )
    yield Finished(stop_reason=line.stop_reason)


class _Inner(Struct):
    """An error of the model API, as the CLI wraps it."""

    message: str = ""
    http_status: int | None = None
    error_kind: str = ""


def reason(message: str) -> tuple[str, Ending]:
    """The first sentences of an error, and the ending that its words allow."""
    inner = _unwrapped(message.removeprefix("Internal error: "))
    said = next((ending for words, ending in SAYINGS if words in f"{inner.message} {inner.error_kind}"), None)
    if said is None:
        said = ending_of_status(inner.http_status) if inner.http_status else "provider_error"
    return inner.message.strip().split("\n\n")[0], said


def _unwrapped(text: str) -> _Inner:
    try:
        inner = msgspec.json.decode(text, type=_Inner | str)
    except msgspec.DecodeError:
        return _Inner(text)
    return inner if isinstance(inner, _Inner) else _Inner(inner)


def spoken(stderr: str) -> str:
    """What the CLI said of its failure where it printed nothing else; progress comes before it."""
    _, marked, said = stderr.rpartition("Error: ")
    if not marked:
        _, _, said = stderr.rpartition("error: ")
    return said.strip()
