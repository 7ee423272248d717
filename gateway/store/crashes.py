"""What is known of plugins that have crashed: the last time of each."""

import apsw
from msgspec import Struct, structs

from gateway.store.rows import select


class Crash(Struct, frozen=True, kw_only=True):
    """The last crash of a plugin; ``problem`` says it in words, with file and line. ``count`` are all there were."""

    plugin: str
    hook: str
    problem: str
    at: float
    count: int = 1


def record_crash(connection: apsw.Connection, crash: Crash) -> None:
    connection.execute(
        "insert into crashes (plugin, hook, problem, at, count) values (?, ?, ?, ?, ?) on conflict (plugin) do update"
        " set hook = excluded.hook, problem = excluded.problem, at = excluded.at, count = count + 1",
        structs.astuple(crash),
    )


def crashes(connection: apsw.Connection) -> list[Crash]:
    """The last crash of each plugin, the newest first."""
    return list(select(connection, Crash, "crashes order by at desc, plugin"))


def remove_crashes(connection: apsw.Connection, before: float) -> None:
    """Forget those of plugins that have not crashed since."""
    connection.execute("delete from crashes where at < ?", (before,))
