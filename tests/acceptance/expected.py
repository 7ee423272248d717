"""What each provider is, beside what its CLI is: how its tool is asked, and what a turn of the mock costs."""

from typing import Any, NamedTuple


class Provider(NamedTuple):
    """One provider of the gateway."""

    cli: str
    """Its executable."""
    fields: dict[str, Any]
    """What every request says."""
    full: dict[str, Any]
    """What lets the model's shell commands run."""
    turn: dict[str, Any]
    """What is told of a turn: the mock's counts, as far as the CLI hands them on."""


PROVIDERS = {
    "claude": Provider(
        cli="claude",
        fields={},
        full={"permissionMode": "bypassPermissions"},
        turn={
            "inputTokens": 1120,
            "outputTokens": 10,
            "cacheReadTokens": 1000,
            "cacheCreationTokens": 20,
            "reasoningTokens": 0,
            "costUsd": 0.0009,
        },
    ),
    "codex": Provider(
        cli="codex",
        fields={},
        full={"sandboxMode": "danger-full-access"},
        turn={
            "inputTokens": 1120,
            "outputTokens": 10,
            "cacheReadTokens": 1000,
            "cacheCreationTokens": 20,
            "reasoningTokens": 3,
            "costUsd": None,
        },
    ),
    "gemini": Provider(
        cli="gemini",
        # `auto` would ask a second model which one to ask.
        fields={"model": "gemini-2.5-flash"},
        full={"approvalMode": "yolo"},
        turn={
            "inputTokens": 1120,
            "outputTokens": 10,
            "cacheReadTokens": 1000,
            "cacheCreationTokens": None,
            "reasoningTokens": None,
            "costUsd": None,
        },
    ),
    "grok": Provider(
        cli="grok",
        fields={},
        full={"permissionMode": "bypassPermissions"},
        turn={
            "inputTokens": 1120,
            "outputTokens": 10,
            "cacheReadTokens": 1000,
            "cacheCreationTokens": 0,
            "reasoningTokens": 3,
            "costUsd": 0.001234,
        },
    ),
    "mistral": Provider(
        cli="vibe",
        fields={},
        full={"permissionMode": "auto-approve"},
        turn={
            "inputTokens": 1120,
            "outputTokens": 10,
            "cacheReadTokens": 1000,
            "cacheCreationTokens": None,
            "reasoningTokens": None,
            "costUsd": 0.001755,
        },
    ),
}
