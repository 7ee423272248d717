"""What a request says, whatever the wire protocol: the turns, the tools, and the protocol itself as a value."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from .reply import Reply

Json = dict[str, Any]
Role = Literal["user", "assistant", "tool"]

ADDED_BLOCKS = (
    "system-reminder", "environment_context", "user_instructions", "session_context", "turn_aborted",
)  # fmt: skip
"""Blocks that the CLIs put into user messages: what they hold is not what the user said."""

ADDED = re.compile(rf"<({'|'.join(ADDED_BLOCKS)})\b[^>]*>.*?</\1>", re.DOTALL)

ADDED_MESSAGES = (
    "<user_info>",
    "# AGENTS.md",
    "Your response above was stopped by a safety classifier",
    "Output token limit hit.",
    "Your previous response was discarded because it reached the output token limit",
)
"""How messages begin that the CLIs write in the user's name: what they say of the machine and of its rules, and how they
ask again after a refusal or a cut answer."""

WRAPPING = re.compile(r"</?user_query>")


class Request(NamedTuple):
    """One request as it reached the mock."""

    method: str
    path: str
    """Without the query."""
    headers: Mapping[str, str]
    """Their names are in lower case."""
    body: Json


class Message(NamedTuple):
    """One entry of the history that a request carries."""

    role: Role
    text: str = ""


class Conversation(NamedTuple):
    """What a request says."""

    model: str
    turns: tuple[str, ...]
    """What the user said, one text per turn, the newest last."""
    rounds: int
    """How many results of tools came since."""
    tools: frozenset[str]
    """The names of the tools on offer."""
    schema: Json | None = None
    """The JSON schema that the answer must follow."""
    streams: bool = True
    side: bool = False
    """Whether the CLI asks for itself, as for a title of the session."""

    @property
    def prompt(self) -> str:
        return self.turns[-1] if self.turns else ""


class Protocol(NamedTuple):
    """How one vendor's API speaks."""

    path: re.Pattern[str]
    read: Callable[[Request], Conversation]
    stream: Callable[[Reply, str, Iterator[str]], Iterator[bytes]]
    """The reply of this model as server-sent events; the iterator brings the text at its own pace."""
    whole: Callable[[Reply, str], Json]
    """The reply of this model as one document."""
    error: Callable[[int], Json]
    """The document that comes with this HTTP status."""


def said(text: str) -> str:
    """What the user said in a message, without what the CLI put around it."""
    own = WRAPPING.sub("", ADDED.sub("", text)).strip()
    return "" if own.startswith(ADDED_MESSAGES) else own


def text_of(content: Any) -> str:
    """The text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or [] if isinstance(part.get("text"), str))


def fold(messages: Iterable[Message]) -> tuple[tuple[str, ...], int]:
    """The user's turns, and how many results of tools came after the newest."""
    turns: list[str] = []
    rounds = 0
    for role, text in messages:
        if role == "tool":
            rounds += 1
        elif role == "user" and said(text):
            turns.append(said(text))
            rounds = 0
    return tuple(turns), rounds
