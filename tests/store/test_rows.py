"""Rows are values: the columns of a table are the fields of its Struct."""

from typing import Any

import msgspec
import pytest

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.store.rows import select, update

OURS = {"jobs": {"owner", "lease_until", "fingerprint", "directory_state"}, "flights": set()}
"""Columns that are for gateways among themselves."""


@pytest.mark.parametrize(("table", "kind"), [("jobs", Job), ("flights", Flight)])
async def test_fields_and_columns_are_the_same(ledger: Any, table: str, kind: type[msgspec.Struct]) -> None:
    columns = {name for (name,) in await ledger.rows(f"select name from pragma_table_info('{table}')")}
    assert columns - OURS[table] == {field.name for field in msgspec.structs.fields(kind)}


async def test_a_row_that_matches_no_struct_is_an_error(ledger: Any) -> None:
    await ledger.create("j1")
    await ledger.rows("pragma ignore_check_constraints = on")
    await ledger.rows("update jobs set mode = 'later'")
    with pytest.raises(msgspec.ValidationError):
        await ledger.database.read(lambda connection: list(select(connection, Job, "jobs")))


async def test_an_update_tells_how_many_rows_it_changed(ledger: Any) -> None:
    for name in ("j1", "j2", "j3"):
        await ledger.create(name)
    changed = [
        await ledger.database.run(update, "jobs", where, keys, attempt=2)
        for where, keys in [("id = ?", ("j1",)), ("id <> ?", ("j1",)), ("id = ?", ("nobody",))]
    ]
    assert changed == [1, 2, 0]


async def test_values_are_never_read_as_sql(ledger: Any) -> None:
    nasty = "'); drop table jobs; --"
    job = await ledger.create(nasty, directory=nasty)
    found = await ledger.database.read(
        lambda connection: list(select(connection, Job, "jobs where id = ?", nasty))
    )
    assert found == [job]
