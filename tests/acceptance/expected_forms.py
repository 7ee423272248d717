"""What an answer looks like for each `outputFormat`."""

import json
from collections.abc import Callable
from typing import Any

Check = Callable[[str, str], bool]
"""Whether a text has the form and tells the session."""


def _document(answer: str, session: str) -> Check:
    """One JSON document with the answer and the session under these names."""

    def check(text: str, session_id: str) -> bool:
        told: dict[str, Any] = json.loads(text)
        return (told[answer], told[session]) == ("pong", session_id)

    return check


def _lines(kinds: set[str]) -> Check:
    """The CLI's own lines, of these types among others."""

    def check(text: str, session_id: str) -> bool:
        lines = [json.loads(line) for line in text.splitlines()]
        return kinds <= {line["type"] for line in lines} and session_id in text

    return check


def _answer(text: str, session_id: str) -> bool:
    return text == "pong"


FORMS: dict[tuple[str, str], Check] = {
    ("claude", "text"): _answer,
    ("claude", "json"): _document("result", "session_id"),
    ("claude", "stream-json"): _answer,
    ("codex", "text"): _answer,
    ("codex", "json"): _lines({"thread.started", "item.completed", "turn.completed"}),
    ("gemini", "text"): _answer,
    ("gemini", "json"): _document("response", "session_id"),
    ("gemini", "stream-json"): _lines({"init", "message", "result"}),
    ("grok", "plain"): _answer,
    ("grok", "json"): _document("text", "sessionId"),
    ("grok", "streaming-json"): _lines({"text", "end"}),
    ("mistral", "plain"): _answer,
    ("mistral", "json"): _document("result", "session_id"),
    ("mistral", "stream-json"): _lines({"message"}),
}
