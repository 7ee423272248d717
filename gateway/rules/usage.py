"""Arithmetic on usage, in which unknown stays unknown."""

from msgspec import structs

from gateway.domain.outcome import Usage


def since(total: Usage, previous: Usage) -> Usage:
    """What one run used, from a running total and the total before it.

    A total that went down was started anew by the CLI: it then is the run's own.
    """
    spent = {
        name: _difference(getattr(total, name), getattr(previous, name)) for name in structs.asdict(total)
    }
    return structs.replace(total, **spent)


def _difference(total: float | None, previous: float | None) -> float | None:
    if total is None or previous is None:
        return None
    return total - previous if total >= previous else total


ZERO = Usage(
    input_tokens=0,
    output_tokens=0,
    cache_read_tokens=0,
    cache_write_tokens=0,
    reasoning_tokens=0,
    cost_usd=0.0,
)
"""The total of a session before its first run."""
