"""The models of each provider: from the CLI where it can tell, kept for a while, and never waited for."""

import time
from collections.abc import Mapping

import trio
from msgspec import Struct

from gateway.domain.provider import Catalog
from gateway.errors import GatewayError
from gateway.host.probes import look
from gateway.plugin.provider import Provider
from gateway.rules.models import overlaid
from gateway.service.surroundings import Surroundings

FRESH = 600.0
"""Seconds after which a CLI is asked again."""


class Known(Struct, frozen=True):
    """A catalog and the Unix time at which the CLI told it; None: it is the one that came with the plugin."""

    catalog: Catalog
    told_at: float | None


class Catalogs:
    """What is known of each provider's models."""

    def __init__(self, surroundings: Surroundings, environ: Mapping[str, str], nursery: trio.Nursery) -> None:
        self._surroundings = surroundings
        self._environ = environ
        self._nursery = nursery
        self._known: dict[str, Known] = {}
        self._asking: set[str] = set()

    def get(self, provider: Provider) -> Known:
        """What is known now. The CLI is asked behind the caller's back where that is old."""
        known = self._known.get(provider.name) or self._keep(provider, provider.info.catalog, None)
        stale = known.told_at is None or time.time() - known.told_at > FRESH
        if stale and provider.info.model_probes and provider.name not in self._asking:
            self._asking.add(provider.name)
            self._nursery.start_soon(self._ask, provider)
        return known

    def _keep(self, provider: Provider, catalog: Catalog, told_at: float | None) -> Known:
        """Keep a catalog, with what our environment says of it."""
        known = Known(overlaid(catalog, provider.name, self._environ), told_at)
        self._known[provider.name] = known
        return known

    async def _ask(self, provider: Provider) -> None:
        try:
            environ = self._surroundings.environ(provider)
            try:
                executable: str | None = self._surroundings.executable(provider)
            except GatewayError:
                executable = None
            readings = {
                probe: await look(probe, executable=executable, environ=environ)
                for probe in provider.info.model_probes
            }
            self._keep(provider, provider.catalog(readings), time.time())
        except GatewayError:
            self._keep(provider, provider.info.catalog, time.time())
        finally:
            self._asking.discard(provider.name)
