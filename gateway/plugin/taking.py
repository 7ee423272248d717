"""What the rules of a declared provider take from what its CLI prints."""

from collections.abc import Iterator
from typing import Any

from gateway.domain.events import (
    Event,
    Failed,
    Finished,
    Message,
    Started,
    TextDelta,
    Thinking,
    ToolUsed,
    UsageReported,
    Warned,
)
from gateway.domain.outcome import Usage, ending_of_status
from gateway.plugin.declaration import Output, Rule
from gateway.rules.paths import holds, number, text

SIMPLE: dict[str, type[Thinking | ToolUsed | TextDelta | Message | Warned]] = {
    "thinking": Thinking,
    "tool": ToolUsed,
    "delta": TextDelta,
    "text": Message,
    "warning": Warned,
}
"""Keys of a rule that are events of one text."""
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def taken(output: Output, value: Any) -> Iterator[Event]:
    """The events of one JSON value, rule by rule."""
    for rule in output.read:
        if holds(value, rule.when):
            yield from _by(rule, value, output)


def _by(rule: Rule, value: Any, output: Output) -> Iterator[Event]:
    """What one rule takes, in the order in which a run goes. A whole document is the end of its run."""
    session, model = text(value, rule.session_id), text(value, rule.model)
    if session or model:
        yield Started(session, model)
    for name, event in SIMPLE.items():
        if (told := text(value, getattr(rule, name))) is not None:
            yield event(told)
    if (usage := _usage(rule, value)) != Usage():
        yield UsageReported(usage, output.usage_scope)
    if (error := text(value, rule.error)) is not None:
        status = number(value, rule.status)
        yield Failed(error, None if status is None else ending_of_status(int(status)))
    if rule.finished or output.format == "json":
        yield Finished(stop_reason=text(value, rule.stop_reason))


def _usage(rule: Rule, value: Any) -> Usage:
    found = {name: number(value, getattr(rule, name)) for name in COUNTS}
    counts = {name: None if count is None else int(count) for name, count in found.items()}
    return Usage(**counts, cost_usd=number(value, rule.cost_usd))
