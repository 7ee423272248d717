"""Exit codes: what a script learns from a command without reading a word of it."""

from typing import cast

from gateway.domain.outcome import Ending
from gateway.errors import GatewayError

FAILED = 1
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    0: "ok",
    FAILED: "failed",
    2: "usage, or a request that cannot be carried out",
    3: "time limit or idle limit reached",
    4: "not logged in",
    5: "rate limit or quota used up",
    6: "not permitted, or the model refused",
    7: "only a part: truncated, empty, too much output, cancelled",
    INTERRUPTED: "interrupted",
}

EXITS: dict[Ending, int] = {
    "ok": 0,
    "empty": 7,
    "refused": 6,
    "truncated": 7,
    "timeout": 3,
    "idle": 3,
    "overflow": 7,
    "cancelled": 7,
    "lost": 1,
    "auth_required": 4,
    "quota_exhausted": 5,
    "permission_denied": 6,
    "input_invalid": 2,
    "input_too_large": 2,
    "model_unknown": 2,
    "session_unknown": 2,
    "cli_missing": 1,
    "cli_incompatible": 1,
    "provider_error": 1,
}
"""The one table from endings to exit codes."""

ANSWERED: frozenset[Ending] = frozenset(
    {"ok", "refused", "truncated", "timeout", "idle", "overflow", "cancelled", "lost"}
)
"""Endings whose text is the model's: an answer, or the part of it that was written."""

TABLE = "\n".join(("\b", "Exit codes:", *(f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items())))
"""The codes for the help; the first line keeps click from rewrapping them."""


def exit_of(error: GatewayError) -> int:
    """The exit code of an error: its code is an ending too."""
    return EXITS[cast(Ending, error.code)]
