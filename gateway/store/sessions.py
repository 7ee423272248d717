"""What we know of conversations, by the CLI's own id."""

import apsw
import msgspec

from gateway.domain.outcome import Usage
from gateway.domain.sessions import Session


def get_session(connection: apsw.Connection, provider: str, session_id: str) -> Session | None:
    row = connection.execute(
        "select id, provider, directory, model, created_at, used_at, total from sessions where provider = ? and id = ?",
        (provider, session_id),
    ).fetchone()
    if row is None:
        return None
    *facts, total = row
    return Session(
        **dict(zip(("id", "provider", "directory", "model", "created_at", "used_at"), facts, strict=True)),
        total=None if total is None else msgspec.json.decode(total, type=Usage),
    )


def touch_session(connection: apsw.Connection, session: Session, principal: str) -> None:
    """Record that the conversation was used. A total that is not told leaves the old one."""
    connection.execute(
        "insert into sessions (provider, id, principal, directory, model, created_at, used_at, total)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)"
        " on conflict (provider, id) do update set used_at = excluded.used_at,"
        " model = coalesce(excluded.model, model), total = coalesce(excluded.total, total)",
        (
            session.provider,
            session.id,
            principal,
            session.directory,
            session.model,
            session.created_at,
            session.used_at,
            None if session.total is None else msgspec.json.encode(session.total).decode(),
        ),
    )
