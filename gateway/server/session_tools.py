"""The tools for sessions."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import chosen
from gateway.domain.sessions import Session
from gateway.errors import NotFound
from gateway.rules.arguments import accept
from gateway.rules.instants import iso
from gateway.server.render import json_result
from gateway.server.spec import Answer, Call, Result, ToolSpec, plain
from gateway.store.caches import SessionCacheStats

Cli = Annotated[str, Meta(description="Provider")]


class SessionCreate(Struct, frozen=True, kw_only=True, rename="camel"):
    """Create a session handle of the gateway's own. To continue a conversation use a result's sessionId instead."""

    cli: Cli
    description: str | UnsetType = UNSET
    set_as_active: bool = True


class SessionList(Struct, frozen=True, kw_only=True):
    """The known sessions, newest first, and the active ones."""

    cli: Cli | UnsetType = UNSET


class SessionSetActive(Struct, frozen=True, kw_only=True, rename="camel"):
    """Let requests that name no session continue this one. Null or an empty string: none."""

    cli: Cli
    session_id: str | None = None


class SessionGet(Struct, frozen=True, kw_only=True, rename="camel"):
    """One session: its provider, directory, model and cache use."""

    session_id: str


class SessionDelete(Struct, frozen=True, kw_only=True, rename="camel"):
    """Forget a session. The CLI keeps its own files."""

    session_id: str


class SessionClearAll(Struct, frozen=True, kw_only=True):
    """Forget all sessions, or those of one provider."""

    cli: Cli | UnsetType = UNSET


def told(session: Session, active: dict[str, str]) -> Result:
    """A session as the session tools tell it."""
    return {
        "id": session.id,
        "cli": session.provider,
        "description": session.description,
        "createdAt": iso(session.created_at),
        "lastUsedAt": iso(session.used_at),
        "isActive": active.get(session.provider) == session.id,
        "source": session.source,
        "workingDir": session.directory or None,
        "model": session.model,
    }


async def listing(call: Call, cli: str | None) -> Result:
    """All sessions of a caller, or those of one provider."""
    sessions = call.gateway.sessions
    active = await sessions.active(call.caller)
    found = await sessions.listed(cli, call.caller)
    providers = call.gateway.plugins.providers
    return {
        "total": len(found),
        "sessions": [told(session, active) for session in found],
        "activeSessions": {name: active.get(name) for name in providers},
    }


async def _create(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionCreate)
    provider = call.gateway.plugins.provider(asked.cli)
    session = await call.gateway.sessions.create(
        provider.name,
        provider.info.title,
        description=chosen(asked.description, "") or None,
        active=asked.set_as_active,
        caller=call.caller,
    )
    active = await call.gateway.sessions.active(call.caller)
    return json_result({"success": True, "session": told(session, active)})


async def _list(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionList)
    return json_result(await listing(call, _provider(call, asked.cli)))


def _provider(call: Call, cli: str | UnsetType) -> str | None:
    return None if isinstance(cli, UnsetType) else call.gateway.plugins.provider(cli).name


async def _set_active(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionSetActive)
    provider = call.gateway.plugins.provider(asked.cli)
    await call.gateway.sessions.activate(provider.name, asked.session_id or None, call.caller)
    return json_result({"success": True, "cli": provider.name, "activeSessionId": asked.session_id or None})


async def _get(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionGet)
    session = await call.gateway.sessions.get(asked.session_id, call.caller)
    body = told(session, await call.gateway.sessions.active(call.caller))
    cache = await call.gateway.caches.session(session.id, call.caller)
    if cache.request_count:
        body["cacheState"] = _cache_state(cache)
    return json_result({"success": True, "session": body})


def _cache_state(stats: SessionCacheStats) -> Result:
    """What a session's cache did, in the words of version 1.7.0."""
    return {
        "cli": stats.cli,
        "prefixDistinct": stats.distinct_prefix_count,
        "totalCacheReadTokens": stats.total_cache_read_tokens,
        "totalCacheCreationTokens": stats.total_cache_creation_tokens,
        "requestCount": stats.request_count,
        "hitCount": stats.hit_count,
        "hitRate": stats.hit_rate,
        "estimatedSavingsUsd": stats.estimated_savings_usd,
        "ttlRemainingMs": stats.ttl_remaining_ms,
    }


async def _delete(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionDelete)
    session = await call.gateway.sessions.delete(asked.session_id, call.caller)
    deleted = {"id": session.id, "cli": session.provider, "description": session.description}
    return json_result({"success": True, "deletedSession": deleted})


async def _clear(call: Call) -> Result:
    asked, _ = accept(call.arguments, SessionClearAll)
    cli = _provider(call, asked.cli)
    count = await call.gateway.sessions.clear(cli, call.caller)
    return json_result({"success": True, "deletedCount": count, "cli": cli or "all"})


def _of_a_session(answer: Answer) -> Answer:
    """A session that is not there, or not the caller's, is told in the words of the session tools."""

    async def answered(call: Call) -> Result:
        try:
            return await answer(call)
        except NotFound as error:
            return json_result({"success": False, "error": str(error)}, error=True)

    return answered


def session_tools() -> list[ToolSpec]:
    """Create, look, choose, forget."""
    safe = {"read_only": True, "idempotent": True}
    last = {"destructive": True, "idempotent": True}
    return [
        plain("session_create", "Create a session", SessionCreate, _of_a_session(_create)),
        plain("session_list", "List sessions", SessionList, _of_a_session(_list), **safe),
        plain(
            "session_set_active",
            "Choose a session",
            SessionSetActive,
            _of_a_session(_set_active),
            idempotent=True,
        ),
        plain("session_get", "Session", SessionGet, _of_a_session(_get), **safe),
        plain("session_delete", "Forget a session", SessionDelete, _of_a_session(_delete), **last),
        plain("session_clear_all", "Forget sessions", SessionClearAll, _of_a_session(_clear), **last),
    ]
