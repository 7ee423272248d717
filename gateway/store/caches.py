"""What the providers' prompt caches did, from the flights.

Only runs that have ended count: a request that shared another one's run touched no cache.
The names on the wire are those of version 1.7.0.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import apsw
from msgspec import Struct, structs

from gateway.domain.outcome import Usage
from gateway.domain.provider import ProviderInfo
from gateway.rules.caching import saving, ttl_left
from gateway.store.rows import select

Providers = Mapping[str, ProviderInfo]
"""The providers' prices and cache policies, by name. One whose plugin is gone is missing."""

SINCE = "+started_at >= ?1"
"""The plus keeps SQLite to the index that is in the order of the groups; sorting takes longer than reading it all."""
RUNS = "deduped = 0 and ending is not null and (?2 is null or principal = ?2)"


class Reads(Struct, frozen=True, kw_only=True, rename="camel"):
    """Runs, those of them that read from a cache, and what that saved."""

    request_count: int
    hit_count: int
    hit_rate: float
    total_cache_read_tokens: int
    total_cache_creation_tokens: int
    estimated_savings_usd: float | None
    """The sum of what is known; None: nothing is."""
    savings_unknown_count: int
    """Runs of which nobody knows what they saved: the CLI told no reads, or the model has no price."""


class CliReads(Reads, frozen=True, kw_only=True):
    """The same of one provider."""

    cli: str


class ModelCount(Struct, frozen=True, kw_only=True):
    """How often a model was used."""

    cli: str
    model: str | None
    count: int


class SessionCacheStats(Reads, frozen=True, kw_only=True):
    """What caching did for a session."""

    session_id: str
    cli: str | None
    distinct_prefix_count: int
    last_request_at: datetime | None
    ttl_remaining_ms: int | None


class PrefixCacheStats(Reads, frozen=True, kw_only=True):
    """What caching did for all prompts with one stable prefix."""

    stable_prefix_hash: str
    cli_breakdown: list[ModelCount]
    first_seen_at: datetime | None
    last_seen_at: datetime | None


class GlobalCacheStats(Struct, frozen=True, kw_only=True, rename="camel"):
    """What caching did for everything in a window of time."""

    window_hours: float
    total_requests: int
    total_hits: int
    hit_rate: float
    total_cache_read_tokens: int
    total_cache_creation_tokens: int
    per_cli: list[CliReads]
    estimated_savings_usd: float | None
    savings_unknown_count: int


class _Group(Struct, frozen=True, kw_only=True):
    """The runs of one model. ``silent`` ones told nothing of their cache."""

    provider: str
    model_used: str | None
    requests: int
    hits: int
    silent: int
    reads: int
    writes: int
    first_at: float
    last_at: float


def session_cache(
    connection: apsw.Connection, session_id: str, principal: str | None, *, now: float, providers: Providers
) -> SessionCacheStats:
    """The cache as one session met it."""
    groups = _groups(connection, "session_id = ?1", session_id, principal)
    newest = max(groups, key=lambda group: group.last_at, default=None)
    prefixes, used_at = connection.execute(
        "select count(distinct stable_prefix_hash),"
        " max(finished_at) filter (where cache_read_tokens > 0 or cache_write_tokens > 0)"
        f" from flights where session_id = ?1 and {RUNS}",
        (session_id, principal),
    ).fetchone() or (0, None)
    info = providers.get(newest.provider) if newest else None
    return SessionCacheStats(
        **_reads(groups, providers),
        session_id=session_id,
        cli=newest.provider if newest else None,
        distinct_prefix_count=int(prefixes),
        last_request_at=_instant(newest.last_at) if newest else None,
        ttl_remaining_ms=ttl_left(info.cache if info else None, used_at, now),
    )


def prefix_cache(
    connection: apsw.Connection, prefix: str, principal: str | None, *, providers: Providers
) -> PrefixCacheStats:
    """The cache as all prompts met it whose stable prefix has this hash."""
    groups = _groups(connection, "stable_prefix_hash = ?1", prefix, principal)
    counts = [
        ModelCount(cli=group.provider, model=group.model_used, count=group.requests) for group in groups
    ]
    return PrefixCacheStats(
        **_reads(groups, providers),
        stable_prefix_hash=prefix,
        cli_breakdown=sorted(counts, key=lambda each: -each.count),
        first_seen_at=_instant(min(group.first_at for group in groups)) if groups else None,
        last_seen_at=_instant(max(group.last_at for group in groups)) if groups else None,
    )


def global_cache(
    connection: apsw.Connection, principal: str | None, since: float, *, now: float, providers: Providers
) -> GlobalCacheStats:
    """The cache as everything met it since then."""
    groups = _groups(connection, SINCE, since, principal)
    names = dict.fromkeys(group.provider for group in groups)
    told = _reads(groups, providers)
    return GlobalCacheStats(
        window_hours=round((now - since) / 3600, 3),
        total_requests=told.pop("request_count"),
        total_hits=told.pop("hit_count"),
        per_cli=[
            CliReads(cli=name, **_reads([group for group in groups if group.provider == name], providers))
            for name in names
        ],
        **told,
    )


def _groups(
    connection: apsw.Connection, where: str, value: str | float, principal: str | None
) -> list[_Group]:
    groups = (
        "(select provider, model_used, count(*) as requests,"
        " count(*) filter (where cache_read_tokens > 0) as hits,"
        " count(*) filter (where cache_read_tokens is null) as silent,"
        " coalesce(sum(cache_read_tokens), 0) as reads, coalesce(sum(cache_write_tokens), 0) as writes,"
        " min(started_at) as first_at, max(started_at) as last_at"
        f" from flights where {where} and {RUNS} group by provider, model_used) order by provider, model_used"
    )
    return list(select(connection, _Group, groups, value, principal))


def _reads(groups: Sequence[_Group], providers: Providers) -> dict[str, Any]:
    """The fields of `Reads` for these groups together."""
    requests, hits = sum(group.requests for group in groups), sum(group.hits for group in groups)
    saved = [(group, _saved(group, providers)) for group in groups]
    known = sum(usd for _, usd in saved if usd is not None)
    unknown = sum(group.silent + (group.hits if usd is None else 0) for group, usd in saved)
    return structs.asdict(
        Reads(
            request_count=requests,
            hit_count=hits,
            hit_rate=hits / requests if requests else 0.0,
            total_cache_read_tokens=sum(group.reads for group in groups),
            total_cache_creation_tokens=sum(group.writes for group in groups),
            estimated_savings_usd=known or (None if unknown else 0.0),
            savings_unknown_count=unknown,
        )
    )


def _saved(group: _Group, providers: Providers) -> float | None:
    info = providers.get(group.provider)
    return saving(Usage(cache_read_tokens=group.reads), group.model_used, info.prices if info else ())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


class LastPrefix(Struct, frozen=True):
    """The stable prefix that a session last sent: its prompt, and the prefix's hash and estimated tokens."""

    prompt: str
    hash: str
    tokens: int


def last_prefix(connection: apsw.Connection, provider: str, session_id: str) -> LastPrefix | None:
    """What the session last sent in parts; None: nothing, or the prompt was not kept."""
    row = connection.execute(
        "select prompt, stable_prefix_hash, stable_prefix_tokens from flights"
        " where session_id = ? and provider = ? and prompt is not null and stable_prefix_tokens is not null"
        " order by started_at desc limit 1",
        (session_id, provider),
    ).fetchone()
    return LastPrefix(str(row[0]), str(row[1]), int(row[2])) if row else None
