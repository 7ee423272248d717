"""What a CLI's output means, one value for each thing that happened."""

from typing import Literal

from msgspec import Struct

from gateway.domain.outcome import Ending, Usage


class Started(Struct, frozen=True):
    """The CLI has begun; it may tell its session id and model."""

    session_id: str | None = None
    model: str | None = None


class Thinking(Struct, frozen=True):
    """The model reasons; the text is shown as progress only and is never part of the answer."""

    text: str = ""


class TextDelta(Struct, frozen=True):
    """A piece of the answer that is being written."""

    text: str


class Message(Struct, frozen=True):
    """One whole message of the model; it replaces the deltas it was announced with."""

    text: str


class ToolUsed(Struct, frozen=True):
    """The agent used a tool; a message before it was not the answer."""

    name: str
    detail: str = ""


class UsageReported(Struct, frozen=True):
    """Tokens and cost. ``request``: of the run so far, a later report wins. ``session``: a running total over the
    whole session. ``step``: of one step of the run; reports of steps are added up."""

    usage: Usage
    scope: Literal["request", "session", "step"] = "request"


class Warned(Struct, frozen=True):
    """Something the caller should know that did not end the run."""

    message: str


class Failed(Struct, frozen=True):
    """The CLI said that it failed; the ending is given where the CLI's words allow it."""

    message: str
    ending: Ending | None = None


class Finished(Struct, frozen=True):
    """The CLI said that the turn is over. ``text`` is the whole answer where the CLI repeats it."""

    text: str | None = None
    stop_reason: str | None = None


class Noise(Struct, frozen=True):
    """A frame that says nothing, or that could not be decoded."""


Event = (
    Started | Thinking | TextDelta | Message | ToolUsed | UsageReported | Warned | Failed | Finished | Noise
)
