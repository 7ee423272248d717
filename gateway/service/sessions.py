"""The sessions of a principal: created, listed, made active, forgotten. The CLIs' own files are never touched."""

import time
import uuid

from gateway.config import Config
from gateway.domain.caller import Caller
from gateway.domain.sessions import OURS, Session
from gateway.errors import NotFound
from gateway.store import sessions as store
from gateway.store.database import Database


class Sessions:
    """What we know of conversations, as one caller may see it."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    def _since(self) -> float:
        return time.time() - self._config.session_ttl

    async def create(
        self, provider: str, title: str, *, description: str | None, active: bool, caller: Caller
    ) -> Session:
        """A handle of our own, for people to keep notes by. Its id never reaches a CLI."""
        now = time.time()
        session = Session(
            id=f"{OURS}{uuid.uuid4()}",
            provider=provider,
            principal=caller.principal,
            source="created",
            description=description or f"{title} Session",
            directory="",
            model=None,
            created_at=now,
            used_at=now,
        )
        await self._database.run(store.create_session, session)
        if active:
            await self._database.run(store.activate_session, caller.principal, provider, session.id)
        return session

    async def listed(self, provider: str | None, caller: Caller) -> list[Session]:
        return await self._database.read(store.list_sessions, caller.principal, provider, self._since())

    async def active(self, caller: Caller) -> dict[str, str]:
        """The active session of each provider that has one."""
        return await self._database.read(store.active_sessions, caller.principal, self._since())

    async def get(self, session_id: str, caller: Caller) -> Session:
        found = await self._database.read(store.find_session, session_id, caller.principal, self._since())
        if found is None:
            raise NotFound("Session not found", hint="See session_list.")
        return found

    async def activate(self, provider: str, session_id: str | None, caller: Caller) -> None:
        """Let the provider's requests that name no session continue this one; None: none."""
        if session_id is not None:
            found = await self._database.read(store.find_session, session_id, caller.principal, self._since())
            if found is None or found.provider != provider:
                raise NotFound("Session not found or does not belong to the specified CLI")
        await self._database.run(store.activate_session, caller.principal, provider, session_id)

    async def delete(self, session_id: str, caller: Caller) -> Session:
        found = await self.get(session_id, caller)
        await self._database.run(
            store.delete_sessions, caller.principal, provider=found.provider, session_id=found.id
        )
        return found

    async def clear(self, provider: str | None, caller: Caller) -> int:
        return await self._database.run(store.delete_sessions, caller.principal, provider=provider)
