"""Which conversation a request goes on with, and where it works."""

import os
import time

from msgspec import Struct

from gateway.config import Config
from gateway.domain.caller import Caller
from gateway.domain.provider import ProviderInfo
from gateway.domain.request import Request, given, replace
from gateway.domain.sessions import Session
from gateway.errors import InvalidRequest, NotFound
from gateway.service import prepare
from gateway.service.workspaces import Workspaces
from gateway.store import conversations
from gateway.store.conversations import Known
from gateway.store.database import Database


class Conversation(Struct, frozen=True):
    """A request that names its session, where it has one, and what that comes to."""

    request: Request
    known_id: str | None
    """Of the session it names."""
    session: Session | None
    """That one, or the one that was used last where it works."""
    directory: str
    fresh: bool
    """The directory is yet to be made."""


class Conversations:
    """Looks sessions up for requests."""

    def __init__(self, config: Config, database: Database, workspaces: Workspaces) -> None:
        self._config = config
        self._database = database
        self._workspaces = workspaces
        self._started_in = os.getcwd()

    async def of(
        self, info: ProviderInfo, request: Request, caller: Caller, *, settled: bool
    ) -> Conversation:
        """The conversation of a request. One that is ``settled`` goes on with no session but the one it names."""
        named = given(request.session_id) and not request.create_new_session
        free = not (settled or named or request.create_new_session or request.resume_latest)

        def place(known: Known) -> tuple[str, bool]:
            _check(known, info, caller)
            return self._directory(request, known.session, caller, info)

        known, session, (directory, fresh) = await self._database.read(
            conversations.known,
            info.name,
            caller.principal,
            str(request.session_id) if named else None,
            active_since=time.time() - self._config.session_ttl if free else None,
            place=place,
        )
        if free and known.session_id is not None:
            request = replace(request, session_id=known.session_id)
        return Conversation(request, known.session.id if known.session else None, session, directory, fresh)

    def _directory(
        self, request: Request, session: Session | None, caller: Caller, info: ProviderInfo
    ) -> tuple[str, bool]:
        """Where the run works, and whether that is yet to be made."""
        if not caller.names_paths:
            return self._workspaces.directory(request, session, caller, info)
        return prepare.working_directory(request, session, self._started_in, info), False


def _check(known: Known, info: ProviderInfo, caller: Caller) -> None:
    """Refuse a session that is not the caller's, or not this provider's."""
    asked, found = known.session_id, known.session
    if asked is None:
        return
    if found is not None and found.principal != caller.principal:
        raise _no_session(asked)
    if known.owner is not None:
        raise InvalidRequest(
            f"The session {asked} belongs to {known.owner}; {info.name} cannot continue it.",
            hint=f"Ask {known.owner}, or start a new session.",
        )
    if found is None and not caller.names_paths:  # the CLI may know it, as somebody else's
        raise _no_session(asked)


def _no_session(asked: str) -> NotFound:
    return NotFound(f"There is no session {asked}.", hint="Use the sessionId of an earlier result.")
