"""What Gemini CLI says: the lines of its stream, and its errors."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from gateway import (
    Ending,
    Event,
    Exit,
    Failed,
    Finished,
    Started,
    TextDelta,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
    ending_of_status,
)
from gateway_plugin_gemini.facts import CODES, NOISE, SAYINGS


class _Error(Struct):
    type: str = ""
    message: str = ""


class _Stats(Struct):
    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached: int = 0
    models: dict[str, "_Stats"] = {}


class Line(Struct):
    """What is read of one line of stream-json."""

    type: str = ""
    session_id: str | None = None
    model: str | None = None
    role: str = ""
    content: str = ""
    tool_name: str = ""
    parameters: dict[str, Any] = {}
    severity: str = ""
    message: str = ""
    error: _Error | None = None
    stats: _Stats | None = None


decode = msgspec.json.Decoder(Line).decode


def events(line: Line) -> Iterator[Event]:
    match line.type:
        case "init":
            yield Started(line.session_id, line.model)
        case "message" if line.role == "assistant":
            yield TextDelta(line.content)
        case "tool_use":
            yield ToolUsed(line.tool_name, _detail(line.parameters))
        case "error" if line.severity == "error":
            yield Failed(line.message, _said(line.message))
        case "error":
            yield Warned(line.message)
        case "result":
            yield from _result(line, line.stats or _Stats())


def _detail(parameters: dict[str, Any]) -> str:
    for name in ("command", "file_path", "dir_path", "pattern", "query", "url", "prompt", "title"):
        if isinstance(value := parameters.get(name), str):
            return value
    return ""


UNASKED = "no_model_asked"


def _result(line: Line, stats: _Stats) -> Iterator[Event]:
    if stats.models:
        # The first event may say `auto`. The model that did the work is the one with the most tokens.
        yield Started(model=max(reversed(stats.models), key=lambda name: stats.models[name].total_tokens))
    yield UsageReported(
        Usage(
            input_tokens=stats.input_tokens,
            # Only the total holds the reasoning.
            output_tokens=max(stats.output_tokens, stats.total_tokens - stats.input_tokens),
            cache_read_tokens=stats.cached,
        )
    )
    if line.error is not None:
        message = _clean(line.error.message)
        yield Failed(message, _said(f"{line.error.type} {message}") or _status_said(line.error.message))
    yield Finished(stop_reason=None if stats.models else UNASKED)


_API_MESSAGE = re.compile(r'"message":\s*"((?:[^"\\]|\\.)*)"')
_API_CODE = re.compile(r'"code":\s*(\d{3})\b')


def _clean(message: str) -> str:
    """The sentence inside ``[API Error: {...}]``."""
    inner = _API_MESSAGE.search(message)
    if inner:
        return inner[1].replace('\\"', '"').replace("\\n", " ")
    return message.removeprefix("[API Error: ").partition("]\n")[0].removesuffix("]")


def _said(text: str) -> Ending | None:
    return next((ending for words, ending in SAYINGS if words in text), None)


def _status_said(message: str) -> Ending | None:
    code = _API_CODE.search(message)
    return ending_of_status(int(code[1])) if code else None


LARGEST_OWN_CODE = 143


def ending_of(exit: Exit) -> Ending:
    """What an exit means. Stderr counts only then: it is full of noise, and of tries that failed before one did not."""
    code = exit.returncode
    if not code:
        return "provider_error"
    if code > LARGEST_OWN_CODE:
        # The CLI exits with the API's HTTP status, of which the system keeps eight bits: 401 becomes 145.
        return ending_of_status(code + 256)
    return _said(exit.stderr_tail) or CODES.get(code, "provider_error")


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def sentence(stderr: str) -> str:
    """The line that says what was wrong, else the first that is there only when something is."""
    lines = [line.strip() for line in _COLOUR.sub("", stderr).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(NOISE)]
    return next((line for line in telling if _said(line)), telling[0] if telling else "")[:500]
