"""What we know of conversations, by the CLI's own id."""

import apsw
import msgspec

from gateway.domain.outcome import Usage
from gateway.domain.sessions import Session

COLUMNS = ("id", "provider", "directory", "model", "created_at", "used_at")


def get_session(connection: apsw.Connection, provider: str, session_id: str) -> Session | None:
    return _first(connection, "provider = ? and id = ?", (provider, session_id))


def newest_session(
    connection: apsw.Connection, provider: str, directory: str, principal: str
) -> Session | None:
    """The session that was used last in a directory."""
    where = "provider = ? and directory = ? and principal = ? order by used_at desc limit 1"
    return _first(connection, where, (provider, directory, principal))


def _first(connection: apsw.Connection, where: str, values: tuple[str, ...]) -> Session | None:
    row = connection.execute(
        f"select {', '.join(COLUMNS)}, total from sessions where {where}", values
    ).fetchone()
    if row is None:
        return None
    *facts, total = row
    known = None if total is None else msgspec.json.decode(str(total), type=Usage)
    return msgspec.convert(dict(zip(COLUMNS, facts, strict=True)) | {"total": known}, Session)


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
