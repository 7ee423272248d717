"""Events to outcome, one batch after the other, in bounded memory."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from msgspec import structs

from gateway.domain.events import (
    Event,
    Failed,
    Finished,
    Message,
    Started,
    TextDelta,
    ToolUsed,
    UsageReported,
    Warned,
)
from gateway.domain.outcome import Ending, Exit, Outcome, Usage
from gateway.rules.redact import REACH
from gateway.rules.rests import Rest, parted

HEAD = 256 * 1024
"""Bytes of an answer that are kept in memory and in the database. The whole of it stays in the spool."""

MOST_WARNINGS = 20


class Answer(Protocol):
    """Where the text of the answer goes. What ``leave`` is told of was cut off from the text before it."""

    def append(self, text: str) -> None: ...
    def leave(self, rest: Rest) -> None: ...
    def restart(self) -> None: ...


class Head:
    """Keeps the beginning of an answer and counts the rest.

    It keeps a little more than it tells, so that a secret at the end is seen whole by who takes it out.
    """

    def __init__(self, limit: int = HEAD) -> None:
        self.limit = limit
        self.restart()

    def restart(self) -> None:
        self._parts: list[str] = []
        self._kept = 0
        self.size = 0

    def append(self, text: str) -> None:
        data = text.encode(errors="replace")
        self.size += len(data)
        room = self.limit + REACH - self._kept
        if room <= 0:
            return
        self._kept += min(len(data), room)
        self._parts.append(data[:room].decode(errors="ignore"))

    def leave(self, rest: Rest) -> None:
        """The text goes on where it was printed."""
        self.size += rest.size

    @property
    def text(self) -> str:
        return self._begin("".join(self._parts).encode())

    def without(self, secrets: Callable[[str], str]) -> str:
        """The text without the secrets that a function takes out of it."""
        data = secrets("".join(self._parts)).encode()
        return self._begin(data[:-REACH] if self.size > self._kept else data)

    def _begin(self, data: bytes) -> str:
        return data[: self.limit].decode(errors="ignore")


class Fold:
    """Takes events in order and says what they came to.

    The answer is the last message: deltas build one, a whole message replaces its deltas, and text that
    follows a whole message or a tool begins a new one. What `Finished` repeats wins.
    """

    def __init__(self, answer: Answer | None = None, mark: str = "") -> None:
        self.head = Head()
        self._mark = mark
        self._answers: tuple[Answer, ...] = (self.head,) if answer is None else (self.head, answer)
        self._closed = False
        self._session_id: str | None = None
        self._model: str | None = None
        self._usage = Usage()
        self._scope: Literal["request", "session"] = "request"
        self._error: str | None = None
        self._ending: Ending | None = None
        self._stop_reason: str | None = None
        self._finished = False
        self._tools_used = 0
        self._warnings: list[str] = []

    def feed(self, events: Iterable[Event]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case TextDelta(text):
                self._write(text, fresh=self._closed)
                self._closed = False
            case Message(text):
                self._write(text, fresh=True)
                self._closed = True
            case ToolUsed():
                self._tools_used += 1
                self._closed = True
            case Started(session_id, model):
                self._session_id = session_id or self._session_id
                self._model = model or self._model
            case UsageReported(usage, "step"):
                self._usage = added(self._usage, usage)
            case UsageReported(usage, "request" | "session" as scope):
                self._usage = merged(self._usage, usage)
                self._scope = scope
            case Warned(message):
                self._warn(message)
            case Failed(message, ending):
                self._error, _ = parted(message, self._mark)
                self._ending = ending
            case Finished(text, stop_reason):
                self._finished = True
                self._stop_reason = stop_reason or self._stop_reason
                if text is not None:
                    self._write(text, fresh=True)
                    self._closed = True

    def _write(self, text: str, *, fresh: bool) -> None:
        text, rest = parted(text, self._mark)
        for answer in self._answers:
            if fresh:
                answer.restart()
            answer.append(text)
            if rest is not None:
                answer.leave(rest)

    def _warn(self, message: str) -> None:
        message, _ = parted(message, self._mark)
        if message not in self._warnings and len(self._warnings) < MOST_WARNINGS:
            self._warnings.append(message)

    def outcome(self, exit: Exit) -> Outcome:
        """What the events came to so far; the ending is the CLI's own word, before anybody judged it."""
        return Outcome(
            ending=self._ending or ("provider_error" if self._error is not None else "ok"),
            exit=exit,
            text=self.head.text,
            text_bytes=self.head.size,
            error=self._error,
            session_id=self._session_id,
            model=self._model,
            usage=self._usage,
            usage_scope=self._scope,
            stop_reason=self._stop_reason,
            finished=self._finished,
            tools_used=self._tools_used,
            warnings=tuple(self._warnings),
        )


def added(one: Usage, other: Usage) -> Usage:
    """The sum, of what either tells."""
    pairs = zip(structs.astuple(one), structs.astuple(other), strict=True)
    return Usage(**dict(zip(Usage.__struct_fields__, (_sum(*pair) for pair in pairs), strict=True)))


def _sum(one: float | None, other: float | None) -> Any:
    told = [value for value in (one, other) if value is not None]
    return sum(told) if told else None


def merged(old: Usage, new: Usage) -> Usage:
    """The newer numbers, and the older ones where the newer say nothing."""
    said = {name: value for name, value in structs.asdict(new).items() if value is not None}
    return structs.replace(old, **said)
