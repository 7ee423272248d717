"""What one gateway of many does now and then: whoever asks first when it is due does it."""

import apsw


def take(connection: apsw.Connection, name: str, *, at: float, every: float) -> bool:
    """Whether the chore is due and now ours. One that was begun in the future was begun by a clock that was wrong."""
    connection.execute(
        "insert into chores (name, begun_at) values (?1, ?2) on conflict (name) do update set begun_at = ?2"
        " where begun_at <= ?2 - ?3 or begun_at > ?2",
        (name, at, every),
    )
    return connection.changes() == 1
