"""A database as it is after years: one job and its flight, many times over, spread over 30 days."""

import sqlite3

SPREAD = 30 * 86_400.0
OTHERS = {"id": "'{table}-' || n", "job_id": "'jobs-' || n", "fingerprint": "null"}
EARLIER = frozenset({"created_at", "started_at", "finished_at"})


def fill(path: str, count: int) -> None:
    """Put so many jobs, each with a flight, beside those that are there."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("begin immediate")
    for table in ("jobs", "flights"):
        columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
        values = ", ".join(_value(table, column, count) for column in columns)
        ended = "finished_at is not null order by finished_at limit 1"
        database.execute(
            f"with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})"
            f" insert into {table} ({', '.join(columns)}) select {values}"
            f" from numbers, (select * from {table} where {ended})"
        )
    database.execute("commit")
    database.execute("analyze")
    database.close()


def _value(table: str, column: str, count: int) -> str:
    if column in EARLIER:
        return f"{column} - n * {SPREAD / count}"
    return OTHERS.get(column, column).format(table=table)
