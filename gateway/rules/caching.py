"""What a provider's prompt cache does for a request: how long it lives, what it takes, what it saves."""

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from gateway.domain.outcome import Usage
from gateway.domain.provider import CachePolicy, Price
from gateway.rules.pricing import MILLION, price_of

SOON = 30_000
"""Milliseconds that a cached prefix has left when it is worth a warning."""


class CacheWarning(Struct, frozen=True, kw_only=True, rename="camel"):
    """A session's cached prefix is about to be forgotten."""

    code: Literal["cache_ttl_expiring_soon"] = "cache_ttl_expiring_soon"
    ttl_remaining_ms: int
    message: str


def ttl_left(policy: CachePolicy | None, last_used: float | None, now: float) -> int | None:
    """Milliseconds until the cache forgets what was last used then; 0: it has. None: not known."""
    if policy is None or last_used is None:
        return None
    left = last_used + policy.ttl - now
    return round(min(max(left, 0.0), policy.ttl) * 1000)


def cacheable(policy: CachePolicy | None, model: str | None, tokens: int | None) -> bool | None:
    """Whether a prefix is large enough to be cached. None: not known."""
    if policy is None or tokens is None:
        return None
    least = next((least for glob, least in policy.min_tokens.items() if fnmatchcase(model or "", glob)), None)
    return None if least is None else tokens >= least


def saving(usage: Usage, model: str | None, prices: Sequence[Price]) -> float | None:
    """US dollars that reading from the cache saved, against sending the same tokens afresh. None: not known."""
    if not usage.cache_read_tokens:
        return None if usage.cache_read_tokens is None else 0.0
    price = price_of(model, prices)
    if price is None or price.cache_read_usd is None:
        return None
    return usage.cache_read_tokens * (price.input_usd - price.cache_read_usd) / MILLION


def expiring(title: str, session_id: str, left: int | None) -> CacheWarning | None:
    """The warning for a session whose prefix is cached for ``left`` more milliseconds, if that is soon.

    What has been forgotten already is not warned of: each further request would be told the same.
    """
    if left is None or not 0 < left < SOON:
        return None
    message = (
        f"{title} cache breakpoint for session {session_id} expires in {left}ms (< {SOON}ms)."
        " Subsequent requests may miss the cache."
    )
    return CacheWarning(ttl_remaining_ms=left, message=message)


def stable_head(prompt: bytes, tokens: int, digest: str) -> bytes | None:
    """The stable head of a recorded prompt: its size is known to four bytes, its hash exactly.

    None: it cannot be told any more, because a secret was taken out of it.
    """
    sizes = range(max(0, 4 * tokens - 3), 4 * tokens + 1)
    return next(
        (prompt[:size] for size in sizes if hashlib.sha256(prompt[:size]).hexdigest() == digest), None
    )


def departure(previous: bytes, current: bytes) -> int | None:
    """The byte at which a prefix departs from the previous one. None: it still begins with all of it."""
    shared = min(len(previous), len(current))
    differing = int.from_bytes(previous[:shared]) ^ int.from_bytes(current[:shared])
    at = shared - (differing.bit_length() + 7) // 8
    return None if at == len(previous) else at


def departure_warning(at: int) -> str:
    """A departure in a sentence."""
    return (
        f"The stable prefix departs from the previous one of this session at byte {at:,}:"
        " the cache serves nothing from there on. Put what changes behind what stays."
    )
