"""The thread that a connection lives in. Units of work that wait for it are carried out together, in one visit.

One after the other, the thread and the event loop would take the interpreter from each other several times in each of
them, and each would write anew the pages that it shares with the next.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal

import apsw
import outcome
import trio
from msgspec import Struct, field

MOST = 16
"""Units in one visit: the event loop goes on with all of them in one turn, and other gateways wait to write."""
STEPS = 50_000
"""Steps of SQLite between two looks at whether anybody still waits for what is read."""

Kind = Literal["write", "read", "alone"]
BEGIN: dict[Kind, str] = {"write": "begin immediate", "read": "begin deferred"}


@contextmanager
def whole(connection: apsw.Connection, kind: Kind) -> Iterator[None]:
    """A transaction around what is done inside."""
    connection.execute(BEGIN[kind])
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


class Unit(Struct, kw_only=True, eq=False):
    """A unit of work, and what has come of it."""

    kind: Kind
    """What it does in its transaction; ``alone`` is what no transaction may be around."""
    work: Callable[[apsw.Connection], Any]
    """May be begun twice: when one of several fails, nothing of any is kept, and each is carried out by itself."""
    then: Callable[[Any], Any] | None = None
    """What is done with the result once it is recorded."""
    single: bool = False
    """Whether it is one statement, which is a transaction by itself."""
    given_up: bool = False
    result: outcome.Value[Any] | outcome.Error = field(default_factory=lambda: outcome.Value(None))
    told: trio.Event = field(default_factory=trio.Event)


class Visits:
    """Carries units of work out on a connection, which belongs to a thread from here on."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._connection.set_progress_handler(self._is_pointless, STEPS)
        self._waiting: queue.SimpleQueue[Unit] = queue.SimpleQueue()
        self._token = trio.lowlevel.current_trio_token()
        self._current: Unit | None = None
        self._open = True
        # nobody waits for it at the end: a disk that hangs would keep a gateway alive that is done
        threading.Thread(target=self._live, name="database", daemon=True).start()

    async def carry_out(self, unit: Unit) -> Any:
        """What comes of a unit. Who is cancelled does not wait for it; what was not begun then never is."""
        self._waiting.put(unit)
        try:
            await unit.told.wait()
        except trio.Cancelled:
            unit.given_up = True
            raise
        return unit.result.unwrap()

    async def close(self) -> None:
        """Close the connection when all that waits is done. The thread ends with it, however long that takes."""
        last = Unit(kind="alone", work=self._close)
        self._waiting.put(last)
        await last.told.wait()
        last.result.unwrap()

    def _close(self, connection: apsw.Connection) -> None:
        self._open = False
        connection.close()

    def _is_pointless(self) -> bool:
        """Whether what is being read is for nobody. A write is let be: SQLite would take back its whole transaction."""
        unit = self._current
        return unit is not None and unit.kind == "read" and unit.given_up

    def _live(self) -> None:
        with suppress(trio.RunFinishedError):
            while self._open:
                self._visit(self._next())

    def _next(self) -> list[Unit]:
        """What waits, once something does."""
        found = [self._waiting.get()]
        with suppress(queue.Empty):
            while len(found) < MOST:
                found.append(self._waiting.get_nowait())
        return found

    def _visit(self, units: Sequence[Unit]) -> None:
        for kind in ("write", "read", "alone"):
            chosen = [unit for unit in units if unit.kind == kind and not unit.given_up]
            if chosen:
                self._carry_out(chosen)
                self._tell([unit for unit in chosen if unit.then is None])
                for unit in chosen:
                    if unit.then is not None:
                        self._go_on(unit, unit.then)

    def _go_on(self, unit: Unit, then: Callable[[Any], Any]) -> None:
        if isinstance(unit.result, outcome.Value):
            unit.result = outcome.capture(then, unit.result.value)
        self._tell([unit])

    def _carry_out(self, units: Sequence[Unit]) -> None:
        """Units of one kind, in one transaction; where that fails, each in one of its own."""
        match outcome.capture(self._transaction, units):
            case outcome.Value(results):
                for unit, result in zip(units, results, strict=True):
                    unit.result = outcome.Value(result)
            case outcome.Error(error) if len(units) == 1 or isinstance(error, apsw.BusyError):
                for unit in units:  # busy: each would wait as long again
                    unit.result = outcome.Error(error)
            case _:
                for unit in units:
                    self._carry_out([unit])

    def _transaction(self, units: Sequence[Unit]) -> list[Any]:
        connection, first = self._connection, units[0]
        if first.kind == "alone" or (first.single and len(units) == 1):
            return [unit.work(connection) for unit in units]
        with whole(connection, first.kind):
            return [self._worked(unit) for unit in units]

    def _worked(self, unit: Unit) -> Any:
        self._current = unit
        try:
            return unit.work(self._connection)
        finally:
            self._current = None

    def _tell(self, units: Sequence[Unit]) -> None:
        self._token.run_sync_soon(_wake, units)


def _wake(units: Sequence[Unit]) -> None:
    for unit in units:
        unit.told.set()
