"""What we know of conversations. Those not used for longer than their time to live are as good as gone."""

from collections.abc import Iterator

import apsw
import msgspec

from gateway.domain.outcome import Usage
from gateway.domain.sessions import Session
from gateway.store.rows import insert

COLUMNS = (
    "id", "provider", "principal", "source", "description", "directory", "model", "created_at", "used_at", "total"
)  # fmt: skip


def get_session(connection: apsw.Connection, provider: str, session_id: str) -> Session | None:
    return next(_sessions(connection, "provider = ? and id = ?", provider, session_id), None)


def find_session(
    connection: apsw.Connection, session_id: str, principal: str, since: float = 0.0
) -> Session | None:
    """The principal's session of this id, whoever its provider is."""
    where = "id = ? and principal = ? and used_at >= ?"
    return next(_sessions(connection, where, session_id, principal, since), None)


def newest_session(
    connection: apsw.Connection, provider: str, directory: str, principal: str
) -> Session | None:
    """The session that was used last in a directory."""
    where = "provider = ? and directory = ? and principal = ? and source <> 'created' order by used_at desc limit 1"
    return next(_sessions(connection, where, provider, directory, principal), None)


def list_sessions(
    connection: apsw.Connection, principal: str, provider: str | None, since: float
) -> list[Session]:
    """The principal's sessions that were used since, newest first."""
    where = "principal = ?1 and (?2 is null or provider = ?2) and used_at >= ?3 order by used_at desc, id"
    return list(_sessions(connection, where, principal, provider, since))


def newest_sessions(
    connection: apsw.Connection, principal: str | None, since: float, most: int
) -> list[Session]:
    """The sessions that were used last, of a principal or of everybody."""
    where = "used_at >= ?2 and (?1 is null or principal = ?1) order by used_at desc, id limit ?3"
    return list(_sessions(connection, where, principal, since, most))


def active_sessions(connection: apsw.Connection, principal: str, since: float) -> dict[str, str]:
    """The id of the active session of each provider that has one."""
    rows = connection.execute(
        "select a.provider, a.session_id from active_sessions a"
        " join sessions s on s.provider = a.provider and s.id = a.session_id"
        " where a.principal = ? and s.used_at >= ?",
        (principal, since),
    )
    return {str(provider): str(session_id) for provider, session_id in rows}


def create_session(connection: apsw.Connection, session: Session) -> None:
    insert(connection, "sessions", **_columns(session))


def activate_session(
    connection: apsw.Connection, principal: str, provider: str, session_id: str | None
) -> None:
    """Make a session the provider's active one; None: none is."""
    connection.execute(
        "delete from active_sessions where principal = ? and provider = ?", (principal, provider)
    )
    if session_id is not None:
        insert(connection, "active_sessions", principal=principal, provider=provider, session_id=session_id)


def delete_sessions(
    connection: apsw.Connection, principal: str, *, provider: str | None = None, session_id: str | None = None
) -> int:
    """Forget sessions: one, those of a provider, or all. The CLI's own files stay. How many there were."""
    connection.execute(
        "delete from sessions where principal = ?1 and (?2 is null or provider = ?2) and (?3 is null or id = ?3)",
        (principal, provider, session_id),
    )
    return connection.changes()


def touch_session(connection: apsw.Connection, session: Session, *, keep_total: bool) -> None:
    """Record that the conversation was used. The old total is not to be kept after a run that was silent about it:
    the next one would seem to have used what both have."""
    values = _columns(session)
    total = "total" if keep_total else "excluded.total"
    connection.execute(
        f"insert into sessions ({', '.join(values)}) values ({', '.join('?' * len(values))})"
        " on conflict (provider, id) do update set used_at = excluded.used_at,"
        f" model = coalesce(excluded.model, model), total = {total}",
        tuple(values.values()),
    )


def forget_totals(connection: apsw.Connection, provider: str) -> None:
    """The totals of a provider's sessions are known no longer: a run has continued one of them, and died before it
    said which."""
    connection.execute(
        "update sessions set total = null where provider = ? and total is not null", (provider,)
    )


def _columns(session: Session) -> dict[str, object]:
    total = None if session.total is None else msgspec.json.encode(session.total).decode()
    return msgspec.structs.asdict(session) | {"total": total}


def _sessions(connection: apsw.Connection, where: str, *values: object) -> Iterator[Session]:
    for row in connection.execute(f"select {', '.join(COLUMNS)} from sessions where {where}", values):
        told = dict(zip(COLUMNS, row, strict=True))
        total = told["total"]
        known = None if total is None else msgspec.json.decode(str(total), type=Usage)
        yield msgspec.convert(told | {"total": known}, Session)
