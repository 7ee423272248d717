"""What comes of each failure, for each provider: as much as its CLI tells."""

from typing import Any, NamedTuple

UNKNOWN_SESSION = "3b241101-e2bb-4255-8caf-4136c566a962"


class Failure(NamedTuple):
    """One way to fail: the mock's words, and what the request says besides."""

    prompt: str
    endings: dict[str, str]
    fields: dict[str, Any] = {}


def _everywhere(ending: str, **exceptions: str) -> dict[str, str]:
    return dict.fromkeys(("claude", "codex", "gemini", "grok", "mistral"), ending) | exceptions


FAILURES = {
    "wrong key": Failure("MOCK:error=401", _everywhere("auth_required")),
    "rate limit": Failure("MOCK:error=429", _everywhere("quota_exhausted")),
    "server error": Failure("MOCK:error=500", _everywhere("provider_error")),
    "overload": Failure("MOCK:error=503", _everywhere("provider_error")),
    "no text": Failure("MOCK:empty", _everywhere("empty")),
    # codex and grok hand on no refusal, only silence; vibe hands on its text and nothing else.
    "refusal": Failure("MOCK:refuse", _everywhere("refused", codex="empty", grok="empty", mistral="ok")),
    # gemini does not say that an answer was cut.
    "cut answer": Failure("MOCK:length", _everywhere("truncated", gemini="ok")),
    # The CLIs take any name, and the API refuses it. grok has a list. vibe takes another model, with a warning.
    "unknown model": Failure("MOCK:error=404", _everywhere("model_unknown"), {"model": "no-such-model"}),
    "unknown session": Failure("Hello!", _everywhere("session_unknown"), {"sessionId": UNKNOWN_SESSION}),
}
