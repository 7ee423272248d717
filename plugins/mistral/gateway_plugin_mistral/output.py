"""What Vibe prints while it runs, and what it writes into export.json at the end."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gateway import (
    Ending,
    Event,
    Failed,
    Finished,
    Message,
    Started,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
    ending_of_status,
)
from gateway_plugin_mistral.facts import CATALOG, SAYINGS, STOPS


class _Text(Struct):
    type: str = ""
    text: str = ""


class _Display(Struct):
    message: str = ""


class _Detail(Struct, rename="camel"):
    tool_name: str = ""
    display: _Display | None = None


class _Error(Struct):
    message: str = ""
    code: str | None = None


class _State(Struct):
    error: _Error | None = None


class _Function(Struct):
    name: str = ""


class _Call(Struct):
    function: _Function = msgspec.field(default_factory=_Function)


class Entry(Struct):
    """What is read of one line: an entry of the session, or a bare message of the model (2.18)."""

    type: str = ""
    kind: str = ""
    session_id: str | None = msgspec.field(default=None, name="sessionId")
    role: str = ""
    content: list[_Text] | str | None = None
    detail: _Detail | None = None
    state: _State | None = None
    tool_calls: list[_Call] | None = None


class _Tokens(Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0


class _Notice(Struct):
    message: str = ""


class _Model(Struct):
    display_name: str | None = None


class _Config(Struct):
    active_model: str = ""
    models: dict[str, _Model] = {}


class Export(Struct):
    """What is read of export.json. A run that never began has no configuration."""

    outcome: str = ""
    stop_reason: str | None = None
    error: _Error | None = None
    session_id: str | None = None
    usage: _Tokens | None = None
    cost_usd: float | None = None
    warnings: list[_Notice] = []
    config: _Config | None = None


def events_of(entry: Entry) -> Iterator[Event]:
    """What a line means. A message is printed when it is whole, a tool when it has ended."""
    yield Started(entry.session_id)
    for call in entry.tool_calls or ():
        yield ToolUsed(call.function.name)
    if entry.role == "assistant" and (text := _text(entry.content)):
        yield Message(text)
    if entry.type == "effect" and entry.detail is not None:
        yield from _effect(entry.detail, entry.state)
    if entry.type == "checkpoint" and entry.kind == "compaction":
        yield Warned("The conversation outgrew the model's window: Vibe went on with a summary of it.")


def _text(content: list[_Text] | str | None) -> str:
    if isinstance(content, list):
        return "".join(part.text for part in content if part.type == "text")
    return content or ""


def _effect(detail: _Detail, state: _State | None) -> Iterator[Event]:
    name = detail.tool_name.removeprefix("file_system.")
    yield ToolUsed(name, detail.display.message if detail.display else "")
    if state is not None and state.error is not None and state.error.code == "tool_denied":
        yield Warned(
            f"Not allowed, and so not done: {name}. A wider permissionMode or tool list would allow it."
        )


def events_at_end(export: Export) -> Iterator[Event]:
    """What the export says beyond the lines: model, notices, usage, and how it ended."""
    yield Started(export.session_id, _model(export))
    for notice in export.warnings:
        yield Warned(notice.message)
    tokens = export.usage
    # A run that was cut off in its first answer tells zeros, which is no count.
    if tokens is not None and (tokens.input_tokens or tokens.output_tokens):
        yield UsageReported(
            Usage(
                input_tokens=tokens.input_tokens,
                output_tokens=tokens.output_tokens,
                cache_read_tokens=tokens.cached_input_tokens,
                cost_usd=export.cost_usd,
            )
        )
    if export.error is not None:
        yield Failed(*failure(export.error.message))
    elif export.outcome in STOPS:
        yield Failed(f"Vibe stopped the run: {export.outcome}.", STOPS[export.outcome])
    if export.outcome == "finished" or export.outcome in STOPS:
        yield Finished(stop_reason=export.stop_reason or export.outcome)


def _model(export: Export) -> str | None:
    """The model that ran. One that is not available is replaced by another, which only the notice names."""
    if export.config is None or export.config.active_model:
        return export.config.active_model if export.config else None
    told = " ".join(notice.message for notice in export.warnings)
    named = (alias for alias, model in export.config.models.items() if (model.display_name or alias) in told)
    return next(named, CATALOG.default)


def failure(message: str) -> tuple[str, Ending]:
    """A sentence and an ending. The API's own answer is JSON behind its status."""
    answer = re.search(r'Status (\d{3})\. Body: .*?"message": "([^"]*)"', message)
    if answer is None:
        return message, said(message) or "provider_error"
    return f"The model API answered {answer[1]}: {answer[2]}", ending_of_status(int(answer[1]))


def complaint(stderr: str) -> str:
    """The error among the lines of standard error, which has notices and, in 2.18, tags too."""
    error = re.search(r"^(?:vibe: )?error: (.*)", stderr, re.MULTILINE | re.IGNORECASE)
    return error[1] if error else re.sub(r"</?vibe_stop_event>", "", stderr).strip()


def said(text: str) -> Ending | None:
    """The ending that known words stand for."""
    return next((ending for words, ending in SAYINGS if words in text), None)
