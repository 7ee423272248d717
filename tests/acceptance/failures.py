"""What comes of each failure, as far as the CLIs agree."""

from typing import Any, NamedTuple

from .real_clis import RealCli

UNKNOWN_SESSION = "3b241101-e2bb-4255-8caf-4136c566a962"


class Failure(NamedTuple):
    """One way to fail: the mock's words, and what the request says besides."""

    prompt: str
    ending: str
    fields: dict[str, Any] = {}


FAILURES = {
    "wrong key": Failure("MOCK:error=401", "auth_required"),
    "rate limit": Failure("MOCK:error=429", "quota_exhausted"),
    "server error": Failure("MOCK:error=500", "provider_error"),
    "overload": Failure("MOCK:error=503", "provider_error"),
    "no text": Failure("MOCK:empty", "empty"),
    "refusal": Failure("MOCK:refuse", "refused"),
    "cut answer": Failure("MOCK:length", "truncated"),
    # The CLIs take any name, and the API refuses it; or they have a list; or they take another model.
    "unknown model": Failure("MOCK:error=404", "model_unknown", {"model": "no-such-model"}),
    "unknown session": Failure("Hello!", "session_unknown", {"sessionId": UNKNOWN_SESSION}),
}


def endings(provider: RealCli) -> dict[str, str]:
    """The ending of each failure."""
    return {name: failure.ending for name, failure in FAILURES.items()} | provider.endings
