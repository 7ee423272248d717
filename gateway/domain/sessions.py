"""A conversation, as far as we know it. Never a word of what was said in it."""

from typing import Literal

from msgspec import Struct

from gateway.domain.outcome import Usage

OURS = "gw-"
"""Begins the ids that we made up. They are handles for people and never reach a CLI."""

Source = Literal["cli", "chosen", "created"]
"""Where an id comes from: the CLI told it, we chose it and the CLI took it, or somebody created it here."""


class Session(Struct, frozen=True, kw_only=True):
    """One conversation. Times are Unix seconds."""

    id: str
    provider: str
    principal: str = "local"
    source: Source = "cli"
    description: str | None = None
    directory: str
    """Where it was begun, and where it goes on. Empty for one that was merely created."""
    model: str | None
    created_at: float
    used_at: float
    total: Usage | None = None
    """The CLI's running total after the last run; None where that told none."""
