"""What things cost, counted: no clock, so that a busy machine makes none of this fail.

A number that falls is good news: write the new one here. One that rises wants a reason.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio

from gateway.config import Config
from gateway.service.gateway import Gateway
from gateway.store.database import Database


class Costs:
    """Counts statements, units of work in the database's thread, other thread hops, processes, and new files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: Counter[str] = Counter()
        self.statements: list[str] = []
        monkeypatch.setattr(apsw, "connection_hooks", [self._trace])
        for owner, name, cost in (
            (Database, "run", "writes"),
            (Database, "run_then", "writes"),
            (Database, "read", "reads"),
            (trio.to_thread, "run_sync", "threads"),
            (os, "posix_spawn", "processes"),
            (os, "mkdir", "folders"),
        ):
            monkeypatch.setattr(owner, name, self._counted(cost, getattr(owner, name)))
        monkeypatch.setattr(os, "open", self._opened(os.open))

    def _trace(self, connection: apsw.Connection) -> None:
        connection.exec_trace = self._said

    def _said(self, _: apsw.Cursor, sql: str, __: Any) -> bool:
        self.told["statements"] += 1
        self.statements.append(sql)
        return True

    def _counted(self, cost: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.told[cost] += 1
            return plain(*args, **kwargs)

        return counted

    def _opened(self, plain: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            self.told["files"] += bool(flags & os.O_CREAT)
            return plain(path, flags, *args, **kwargs)

        return opened

    @contextmanager
    def of(self, **expected: int) -> Iterator[None]:
        """What is done inside costs exactly this."""
        self.told.clear()
        self.statements.clear()
        yield
        assert dict(+self.told) == expected, "\n".join(self.statements)


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    return Costs(monkeypatch)


@pytest.fixture
async def warm(
    costs: Costs, opened: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gateway]:
    """A gateway that knows its CLI already, and whose clocks stand still."""
    monkeypatch.setattr("gateway.service.leases.LISTEN", 3600.0)
    async with opened(heartbeat=3600.0) as gateway:
        await ask(gateway, "warm up")
        yield gateway


async def test_a_request(costs: Costs, warm: Gateway, ask: Any) -> None:
    with costs.of(reads=1, writes=3, statements=16, processes=1, folders=2, files=5):
        await ask(warm, "hello")


async def test_a_request_that_joins_a_run(costs: Costs, warm: Gateway, submit: Any) -> None:
    first = await submit(warm, "ECHO:sleep=60")
    with trio.fail_after(60):
        while warm.spools.of(first.job.id, 1).pid() is None:
            await trio.lowlevel.checkpoint()
    with costs.of(reads=1, writes=1, statements=9, files=1):
        await submit(warm, "ECHO:sleep=60")


async def test_a_look_at_a_job(costs: Costs, warm: Gateway, ask: Any) -> None:
    reply = await ask(warm, "hello")
    with costs.of(reads=1, statements=1):
        await warm.job(reply.job.id)
    with costs.of(reads=1, statements=4):
        await warm.result(reply.job.id, None, 1000, raw=False)


async def test_output_is_written_once(warm: Gateway, ask: Any, config: Config) -> None:
    reply = await ask(warm, "ECHO:flood=2")
    found = [path.stat().st_size for path in Path(config.state).rglob("*") if path.is_file()]
    assert sum(found) <= 1.1 * reply.job.stdout_bytes + 2 * 1024 * 1024
