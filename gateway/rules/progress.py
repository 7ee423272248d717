"""What a run is doing, in a few words, from its events alone."""

from collections.abc import Callable, Sequence

from gateway.domain.events import Event, Failed, Message, Started, TextDelta, Thinking, ToolUsed, Warned

LONGEST = 200


class Progress:
    """Turns events into notes. A batch of events gives at most one: the last that says something.

    Secrets are taken out before a note is shortened: half of one would look like none.
    """

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._written = 0

    def note(self, events: Sequence[Event]) -> str | None:
        for event in events:
            if isinstance(event, TextDelta):
                self._written += len(event.text)
            elif isinstance(event, Message | ToolUsed):
                self._written = 0
        said = next(filter(None, map(self._told, reversed(events))), None)
        return None if said is None else shortened(self._redact(said))

    def _told(self, event: Event) -> str | None:
        match event:
            case TextDelta():
                return f"writing the answer, {_count(self._written)} characters"
            case Message(text):
                return f"wrote a message of {_count(len(text))} characters"
            case ToolUsed(name, detail):
                return f"using {name}: {detail}" if detail else f"using {name}"
            case Thinking(text):
                return f"thinking: {text}" if text.strip() else "thinking"
            case Started(_, model) if model:
                return f"started with {model}"
            case Warned(message):
                return f"warning: {message}"
            case Failed(message):
                return f"failed: {message}"
        return None


def _count(number: int) -> str:
    return str(number) if number < 1000 else f"{number / 1000:.1f}k"


def shortened(text: str, most: int = LONGEST) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
