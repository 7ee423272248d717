"""How long a client may be kept waiting: less than it would wait by itself, or the answer would reach nobody."""

import math
from fnmatch import fnmatchcase

from gateway.config import Config
from gateway.plugin.manager import Plugins
from gateway.service.clients import known_clients

DEADLINE = 45.0
"""Seconds that a sync request may take before it is handed over as a job."""
MARGIN = 0.8
"""The part of a client's own limit that is used."""


def patience(config: Config, plugins: Plugins, client: str | None) -> float | None:
    """Seconds after which a sync request is handed over as a job, for a client of this name; None: never."""
    if not config.persistence.durable:
        return None
    if config.sync_deadline_ms is not None:
        return config.sync_deadline_ms / 1000 or None
    own = [
        each.call_limit
        for each in known_clients(plugins).values()
        if each.call_limit and any(fnmatchcase(client or "", name) for name in each.names)
    ]
    return min(DEADLINE, min(own, default=math.inf) * MARGIN)
