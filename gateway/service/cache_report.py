"""What the prompt caches did in the last day, and what is done about them: for a report that opens no gateway."""

import os
import time
from typing import Literal

import trio
from msgspec import Struct

from gateway.config import Config
from gateway.domain.caller import LOCAL
from gateway.errors import StoreError
from gateway.plugin.manager import Plugins
from gateway.service.caches import WINDOW
from gateway.store.caches import GlobalCacheStats, Reads, global_cache
from gateway.store.condition import looking


class CacheHits(Struct, frozen=True, kw_only=True):
    """Runs, and those of them that read from a cache. Savings that nobody knows are null."""

    total_requests: int
    total_hits: int
    hit_rate: float
    estimated_savings_usd: float | None
    savings_unknown_count: int


class CacheReport(Struct, frozen=True, kw_only=True):
    """The block ``cache_awareness``; the names are those of version 1.7.0."""

    enabled_features: tuple[Literal["anthropic_cache_control", "ttl_warnings"], ...]
    last_24h: CacheHits | None
    """None: there is no database that could be read."""
    per_cli: dict[str, CacheHits]


async def cache_report(config: Config, plugins: Plugins) -> CacheReport:
    """The block, from the database as it lies there; one that is not there is not made."""
    path = os.path.join(config.state, "gateway.db")
    there = config.persistence.backend == "sqlite" and os.path.exists(path)
    stats = await trio.to_thread.run_sync(_read, path, plugins) if there else None
    aware = config.cache_awareness
    switches: dict[Literal["anthropic_cache_control", "ttl_warnings"], bool] = {
        "anthropic_cache_control": aware.emit_anthropic_cache_control,
        "ttl_warnings": aware.warn_on_ttl_expiry,
    }
    return CacheReport(
        enabled_features=tuple(name for name, on in switches.items() if on),
        last_24h=_hits(stats, stats.total_requests, stats.total_hits) if stats else None,
        per_cli={each.cli: _hits(each, each.request_count, each.hit_count) for each in stats.per_cli}
        if stats
        else {},
    )


def _read(path: str, plugins: Plugins) -> GlobalCacheStats | None:
    now, infos = time.time(), {name: each.info for name, each in plugins.providers.items()}
    try:
        with looking(path) as connection:
            return global_cache(connection, LOCAL.principal, now - WINDOW, now=now, providers=infos)
    except StoreError:
        return None


def _hits(stats: GlobalCacheStats | Reads, requests: int, hits: int) -> CacheHits:
    return CacheHits(
        total_requests=requests,
        total_hits=hits,
        hit_rate=stats.hit_rate,
        estimated_savings_usd=stats.estimated_savings_usd,
        savings_unknown_count=stats.savings_unknown_count,
    )
