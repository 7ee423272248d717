"""What is known of the conversation that a request goes on with: one look, on one view of the database."""

from collections.abc import Callable

import apsw
from msgspec import Struct

from gateway.domain.sessions import OURS, Session
from gateway.store.sessions import active_sessions, find_session, get_session, newest_session


class Known(Struct, frozen=True):
    """A session that is asked for, if one is."""

    session_id: str | None = None
    session: Session | None = None
    """What we know of it."""
    owner: str | None = None
    """The other provider that the caller's session of this id belongs to."""


def known(
    connection: apsw.Connection,
    provider: str,
    principal: str,
    session_id: str | None,
    *,
    active_since: float | None,
    place: Callable[[Known], tuple[str, bool]],
) -> tuple[Known, Session | None, tuple[str, bool]]:
    """The session that is asked for, the one to be continued where none is, which is the last one of the directory,
    and that directory.

    Where no id is given, the active session is meant, if it was used since; None: nobody means it. ``place`` says
    in which directory such a request works and whether that is yet to be made, or refuses it.
    """
    if session_id is None and active_since is not None:
        active = active_sessions(connection, principal, active_since).get(provider, OURS)
        session_id = None if active.startswith(OURS) else active
    found = Known() if session_id is None else _known(connection, provider, principal, session_id)
    directory, fresh = place(found)
    session = found.session or newest_session(connection, provider, directory, principal)
    return found, session, (directory, fresh)


def _known(connection: apsw.Connection, provider: str, principal: str, session_id: str) -> Known:
    session = get_session(connection, provider, session_id)
    elsewhere = None if session else find_session(connection, session_id, principal)
    return Known(session_id, session, elsewhere.provider if elsewhere else None)
