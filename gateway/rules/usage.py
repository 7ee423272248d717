"""Arithmetic on usage, in which unknown stays unknown."""

from msgspec import structs

from gateway.domain.outcome import Usage


def since(total: Usage, previous: Usage) -> Usage:
    """What one run used, from a running total and the total before it.

    A total of which anything went down was started anew by the CLI: the whole of it then is the run's own.
    """
    pairs = {name: (value, getattr(previous, name)) for name, value in structs.asdict(total).items()}
    known = {name: pair for name, pair in pairs.items() if None not in pair}
    if any(now < before for now, before in known.values()):
        return total
    return Usage(**{name: now - before for name, (now, before) in known.items()})


ZERO = Usage(
    input_tokens=0,
    output_tokens=0,
    cache_read_tokens=0,
    cache_write_tokens=0,
    reasoning_tokens=0,
    cost_usd=0.0,
)
"""The total of a session before its first run."""
