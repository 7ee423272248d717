"""What the mock answers, whatever the wire protocol."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

SECONDS_PER_TICK = 0.1
PIECE = 16384

COST_IN_TICKS = 12_340_000
"""What xAI says a request has cost, in units of 1e-10 USD. Other vendors do not say."""


class Ending(StrEnum):
    """Why the model stopped."""

    DONE = "done"
    LENGTH = "length"
    REFUSAL = "refusal"


class Usage(NamedTuple):
    """Tokens. Each counts once: the vendors' sums are made by the protocols."""

    fresh: int = 100
    cache_read: int = 1000
    cache_write: int = 20
    output: int = 7
    reasoning: int = 3

    @property
    def input_total(self) -> int:
        return self.fresh + self.cache_read + self.cache_write

    @property
    def output_total(self) -> int:
        return self.output + self.reasoning

    @property
    def total(self) -> int:
        return self.input_total + self.output_total


class ToolCall(NamedTuple):
    """A tool that the model wants to use."""

    name: str
    arguments: dict[str, Any]
    source: str = ""
    """What a tool takes whose input is free text."""


class Reply(NamedTuple):
    """One answer of the model."""

    text: str = "pong"
    thought: str = ""
    call: ToolCall | None = None
    ending: Ending = Ending.DONE
    usage: Usage = Usage()
    seconds: float = 0.0
    """How long the text takes from its first piece to its last."""

    def pieces(self, pause: Callable[[float], object]) -> Iterator[str]:
        """The text in the pieces in which it is streamed, with pauses where it is slow."""
        if not self.seconds:
            size = min(PIECE, -(-len(self.text) // 2)) or 1
            yield from (self.text[at : at + size] for at in range(0, len(self.text), size))
            return
        for tick in range(round(self.seconds / SECONDS_PER_TICK)):
            yield f"tick{tick} "
            pause(SECONDS_PER_TICK)
        yield self.text
