"""A conversation a CLI keeps, as far as we know it. Never a word of what was said in it."""

from msgspec import Struct

from gateway.domain.outcome import Usage


class Session(Struct, frozen=True, kw_only=True):
    """One conversation, by the CLI's own id."""

    id: str
    provider: str
    directory: str
    model: str | None
    created_at: float
    used_at: float
    total: Usage | None = None
    """The CLI's running total after the last run; None where it never told one."""
