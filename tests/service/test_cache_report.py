"""The block about the prompt caches."""

import os
from pathlib import Path

from msgspec.structs import replace

from gateway.config import CacheAwareness, Config
from gateway.plugin.manager import Plugins
from gateway.service.cache_report import CacheReport, cache_report


async def test_a_database_that_is_not_there_is_not_made(config: Config, plugins: Plugins) -> None:
    assert await cache_report(config, plugins) == CacheReport(enabled_features=(), last_24h=None, per_cli={})
    assert not os.path.exists(config.state)


async def test_the_runs_of_the_last_day_are_told(gateway, config: Config, plugins: Plugins, ask) -> None:
    await ask(gateway, "hi")
    told = await cache_report(config, plugins)
    assert told.last_24h is not None
    assert (told.last_24h.total_requests, told.per_cli) == (1, {"echo": told.last_24h})


async def test_what_is_switched_on_is_named(config: Config, plugins: Plugins) -> None:
    aware = CacheAwareness(emit_anthropic_cache_control=True, warn_on_ttl_expiry=True)
    told = await cache_report(replace(config, cache_awareness=aware), plugins)
    assert told.enabled_features == ("anthropic_cache_control", "ttl_warnings")


async def test_a_database_that_cannot_be_read_tells_nothing(config: Config, plugins: Plugins) -> None:
    os.makedirs(config.state, mode=0o700)
    Path(config.state, "gateway.db").write_bytes(b"no database at all" * 100)
    assert (await cache_report(config, plugins)).last_24h is None
