"""What a run cost: what the CLI said, else what the dated price list gives, else unknown. Never zero by default."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from gateway.domain.outcome import Usage
from gateway.domain.provider import Price

MILLION = 1_000_000


class Priced(Struct, frozen=True):
    """US dollars and where they come from."""

    usd: float | None
    source: Literal["reported", "computed", "unknown"]


UNKNOWN = Priced(None, "unknown")


def priced(usage: Usage, model: str | None, prices: Sequence[Price]) -> Priced:
    """The cost of one run."""
    if usage.cost_usd is not None:
        return Priced(usage.cost_usd, "reported")
    price = price_of(model, prices)
    if price is None or usage.input_tokens is None or usage.output_tokens is None:
        return UNKNOWN
    cost = _cost(usage, price, usage.input_tokens, usage.output_tokens)
    return UNKNOWN if cost is None else Priced(cost / MILLION, "computed")


def price_of(model: str | None, prices: Sequence[Price]) -> Price | None:
    """The first price that is meant for a model."""
    return next((price for price in prices if model and fnmatchcase(model, price.models)), None)


def _cost(usage: Usage, price: Price, input_tokens: int, output_tokens: int) -> float | None:
    read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    if (read and price.cache_read_usd is None) or (written and price.cache_write_usd is None):
        return None
    if read + written > input_tokens:
        return None
    return (
        (input_tokens - read - written) * price.input_usd
        + read * (price.cache_read_usd or 0)
        + written * (price.cache_write_usd or 0)
        + output_tokens * price.output_usd
    )
