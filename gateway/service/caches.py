"""What the prompt caches do: numbers for whoever asks, and advice before a request that may miss its cache."""

import time

from msgspec import Struct

from gateway.config import CacheAwareness
from gateway.domain.caller import Caller
from gateway.domain.provider import ProviderInfo
from gateway.plugin.manager import Plugins
from gateway.rules.caching import CacheWarning, departure, departure_warning, expiring, stable_head
from gateway.rules.prompt import Prompt
from gateway.store import caches
from gateway.store.caches import GlobalCacheStats, PrefixCacheStats, SessionCacheStats
from gateway.store.database import Database

WINDOW = 86_400.0
"""Seconds that the global numbers cover."""


class Advice(Struct, frozen=True):
    """What is worth knowing of the cache before a request."""

    expiring: CacheWarning | None = None
    departed: tuple[str, ...] = ()


class Caches:
    """The caches of all providers, as the flights tell of them."""

    def __init__(self, aware: CacheAwareness, database: Database, plugins: Plugins) -> None:
        self._aware = aware
        self._database = database
        self._infos = {name: provider.info for name, provider in plugins.providers.items()}

    async def session(self, session_id: str, caller: Caller) -> SessionCacheStats:
        return await self._database.read(
            caches.session_cache, session_id, caller.principal, now=time.time(), providers=self._infos
        )

    async def prefix(self, prefix: str, caller: Caller) -> PrefixCacheStats:
        return await self._database.read(caches.prefix_cache, prefix, caller.principal, providers=self._infos)

    async def everything(self, caller: Caller) -> GlobalCacheStats:
        now = time.time()
        return await self._database.read(
            caches.global_cache, caller.principal, now - WINDOW, now=now, providers=self._infos
        )

    async def advice(
        self, info: ProviderInfo, session_id: str | None, prompt: Prompt, caller: Caller
    ) -> Advice:
        """Whether the session's cache is about to expire, or this prompt's head is not the one it holds."""
        if not self._aware.warn_on_ttl_expiry or session_id is None or info.cache is None:
            return Advice()
        stats = await self.session(session_id, caller)
        soon = expiring(info.title, session_id, stats.ttl_remaining_ms) if stats.request_count else None
        return Advice(soon, await self._departed(info, session_id, prompt))

    async def _departed(self, info: ProviderInfo, session_id: str, prompt: Prompt) -> tuple[str, ...]:
        if prompt.stable_hash is None:
            return ()
        before = await self._database.read(caches.last_prefix, info.name, session_id)
        if before is None or before.hash == prompt.stable_hash:
            return ()
        head = prompt.text.encode()[: prompt.stable_bytes]
        previous = stable_head(before.prompt.encode(), before.tokens, before.hash)
        at = None if previous is None else departure(previous, head)
        return () if at is None else (departure_warning(at),)
