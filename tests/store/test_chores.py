"""Chores: one gateway of many does each, when it is due."""

from gateway.store.chores import take
from gateway.store.database import Database

DAY = 86_400.0


async def test_a_chore_is_done_by_one_and_again_when_it_is_due(database: Database) -> None:
    times = [1000.0, 1000.0, 1000.0 + DAY - 1, 1000.0 + DAY, 1000.0 + DAY + 1, 5.0, 6.0]
    taken = [await database.run(take, "prune", at=at, every=DAY) for at in times]
    other = await database.run(take, "other", at=7.0, every=DAY)

    assert (taken, other) == ([True, False, False, True, False, True, False], True)
