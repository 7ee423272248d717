"""How a run ended and what came of it."""

from typing import Literal, get_args

from msgspec import Struct

Ending = Literal[
    "ok", "empty", "refused", "truncated", "timeout", "idle", "overflow", "cancelled", "lost", "auth_required",
    "quota_exhausted", "permission_denied", "input_invalid", "input_too_large", "model_unknown", "session_unknown",
    "cli_missing", "cli_incompatible", "provider_error",
]  # fmt: skip

ENDINGS: tuple[Ending, ...] = get_args(Ending)

REMEDIES: dict[Ending, str] = {
    "ok": "",
    "empty": "The model returned no text. Ask again, or rephrase the prompt.",
    "refused": "The model declined to answer. Rephrase the prompt or ask another provider.",
    "truncated": "The answer was cut at the model's output limit. Continue the session to get the rest.",
    "timeout": "The run reached its wall-clock limit. Raise timeoutMs, or continue the session.",
    "idle": "The CLI printed nothing for too long and was stopped. Raise idleTimeoutMs, or continue the session.",
    "overflow": "The output passed the size limit and the run was stopped. Ask for less, or raise the limit in "
    "the configuration.",
    "cancelled": "The run was cancelled. What it had written is kept.",
    "lost": "The process vanished without leaving an exit status. What it had written is kept; ask again.",
    "auth_required": "The CLI is not logged in, or its key was refused. Log in with the CLI's own login command.",
    "quota_exhausted": "The provider's rate limit or quota is used up. Wait, or ask another provider.",
    "permission_denied": "The run was not allowed to do what it needed. Grant a wider permission if you mean to.",
    "input_invalid": "The CLI rejected an argument. Correct the request.",
    "input_too_large": "The input is larger than this CLI or model takes. Shorten it.",
    "model_unknown": "The provider does not know this model. See list_models, or leave the model out.",
    "session_unknown": "The CLI does not know this session. Start a new one.",
    "cli_missing": "The CLI is not installed, or not on PATH.",
    "cli_incompatible": "The installed CLI does not take a flag it was given. Upgrade the CLI or its plugin.",
    "provider_error": "The provider failed. Try again later.",
}

ExitReason = Literal["exited", "timeout", "idle", "overflow", "cancelled", "lost"]


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens and money of one run. None means that the CLI did not say.

    ``input_tokens`` counts all input; cache reads and writes are parts of it, as reasoning is of the output.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None


class Exit(Struct, frozen=True, kw_only=True):
    """How the process ended. A negative ``returncode`` is the signal that killed it; None: no status was left."""

    returncode: int | None
    reason: ExitReason = "exited"
    """``exited``: by itself; else why the core ended it, which then is the ending."""
    stderr_tail: str = ""
    """The end of standard error, at most 16 KiB, without secrets. It is not decoded otherwise."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a run. ``text`` holds the whole answer, or its head where ``text_bytes`` is larger."""

    ending: Ending
    exit: Exit
    text: str = ""
    text_bytes: int = 0
    error: str | None = None
    """The words of the last `Failed`. What was written before stays in ``text``."""
    session_id: str | None = None
    model: str | None = None
    """The model that answered, where the CLI tells."""
    usage: Usage = Usage()
    usage_scope: Literal["request", "session"] = "request"
    stop_reason: str | None = None
    """Why the model stopped, in the CLI's word."""
    finished: bool = False
    """Whether the CLI itself said that the turn was over."""
    tools_used: int = 0
    warnings: tuple[str, ...] = ()


def ending_of_status(status: int) -> Ending:
    """What an HTTP status of a model API means for the person who asked."""
    by_status: dict[int, Ending] = {
        400: "input_invalid",
        401: "auth_required",
        402: "quota_exhausted",
        403: "auth_required",
        404: "model_unknown",
        413: "input_too_large",
        429: "quota_exhausted",
    }
    return by_status.get(status, "provider_error")
