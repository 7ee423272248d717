"""Resources that tell how things stand: caches, performance, processes."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from gateway.server.job_tools import health_of
from gateway.server.spec import Call
from gateway.store.performance import performance

Body = dict[str, Any]


class State(Struct, frozen=True):
    """The address of a state, what people call it, and how it is read."""

    uri: str
    title: str
    description: str
    read: Callable[[Call], Awaitable[Body]]


def _told(value: Struct) -> Body:
    told: Body = msgspec.to_builtins(value)
    return told


async def _everything(call: Call) -> Body:
    return _told(await call.gateway.caches.everything(call.caller))


async def _session(call: Call) -> Body:
    return _told(await call.gateway.caches.session(call.arguments["sessionId"], call.caller))


async def _prefix(call: Call) -> Body:
    return _told(await call.gateway.caches.prefix(call.arguments["hash"], call.caller))


async def _performance(call: Call) -> Body:
    return _told(await call.gateway.database.read(performance, call.caller.principal))


STATES = (
    State(
        "cache_state://global", "Cache state", "What the prompt caches did in the last 24 hours", _everything
    ),
    State("cache_state://session/{sessionId}", "Cache state of a session", "What its cache did", _session),
    State(
        "cache_state://prefix/{hash}",
        "Cache state of a prefix",
        "What the cache did for a stable prefix",
        _prefix,
    ),
    State(
        "metrics://performance",
        "Performance",
        "Requests, successes and times by provider and tool",
        _performance,
    ),
    State("metrics://process-health", "Process health", "What runs now", health_of),
)
