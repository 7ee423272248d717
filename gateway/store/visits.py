"""The thread that a connection lives in. Units of work that wait for it are carried out together, in one visit.

One after the other, the thread and the event loop would take the interpreter from each other several times in each of
them, and each would write anew the pages that it shares with the next.
"""

import copy
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

Kind = Literal["write", "read"]
Result = outcome.Value[Any] | outcome.Error
BEGIN: dict[Kind, str] = {"write": "begin immediate", "read": "begin deferred"}


class Unit(Struct, kw_only=True, eq=False):
    """A unit of work, and what has come of it."""

    kind: Kind
    work: Callable[[apsw.Connection], Any]
    """May be begun twice: where SQLite takes a whole visit back, each unit of it is carried out by itself."""
    then: Callable[[Any], Any] | None = None
    """What is done with the result once it is recorded."""
    single: bool = False
    """Whether it is one statement: by itself it needs no transaction. Nor can what prepares a connection have one."""
    told: trio.Event = field(default_factory=trio.Event)
    result: Result | None = None
    """None: it is waiting, or was given up."""
    given_up: bool = False
    """Whether nobody waits any longer. Only the event loop says so."""


@contextmanager
def whole(connection: apsw.Connection, kind: Kind) -> Iterator[None]:
    """A transaction around what is done inside: all of it, or nothing."""
    connection.execute(BEGIN[kind])
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


@contextmanager
def _part(connection: apsw.Connection) -> Iterator[None]:
    """The same inside of a transaction. An error that takes back the transaction takes back this, too."""
    connection.execute("savepoint unit")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback to unit")
            connection.execute("release unit")
        raise
    connection.execute("release unit")


class Visits:
    """Carries units of work out on a connection, which belongs to a thread from here on."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._connection.set_progress_handler(self._in_vain, STEPS)
        self._current: Unit | None = None
        """What the thread is at."""
        self._waiting: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        """None: that was all."""
        self._token = trio.lowlevel.current_trio_token()
        self._closing = False
        self._closed = trio.Event()
        # nobody waits for it at the end: a disk that hangs would keep a gateway alive that is done
        threading.Thread(target=self._live, name="database", daemon=True).start()

    async def call(self, unit: Unit) -> Any:
        """What comes of a unit. Who is cancelled does not wait for it; what was not begun then never is."""
        if self._closing:
            raise apsw.ConnectionClosedError("The connection has been closed")
        self._waiting.put(unit)
        try:
            await unit.told.wait()
        except BaseException:
            unit.given_up = True
            raise
        if unit.result is None:
            raise RuntimeError("A unit of work was never carried out")
        return unit.result.unwrap()

    async def close(self) -> None:
        """Close the connection when all that waits is done. It is closed then, however long who waits for that stays."""
        self._closing = True
        self._waiting.put(None)
        await self._closed.wait()

    def _live(self) -> None:
        with suppress(trio.RunFinishedError):
            while units := self._next():
                for kind in BEGIN:  # what is read is as it was written in the same visit
                    self._carry_out([unit for unit in units if unit.kind == kind])
            try:
                self._connection.close()
            finally:
                self._token.run_sync_soon(self._closed.set)

    def _next(self) -> list[Unit]:
        """What waits, once something does; nothing where that was all."""
        found = [self._waiting.get()]
        with suppress(queue.Empty):
            while found[-1] is not None and len(found) < MOST:
                found.append(self._waiting.get_nowait())
        if found[-1] is None and len(found) > 1:
            self._waiting.put(None)
        return [unit for unit in found if unit is not None]

    def _carry_out(self, units: Sequence[Unit]) -> None:
        """Units of one kind: those that are recorded are told so, then each goes on with what comes after it."""
        self._record(units)
        self._tell([unit for unit in units if unit.then is None])
        for unit in units:
            if unit.then is not None:
                if isinstance(unit.result, outcome.Value):
                    unit.result = outcome.capture(unit.then, unit.result.value)
                self._tell([unit])

    def _record(self, units: Sequence[Unit]) -> None:
        """In one transaction, where SQLite keeps that; else each in one of its own, but for a database that is locked:
        each would wait as long again.
        """
        left = [unit for unit in units if not unit.given_up]
        match outcome.capture(self._together, left), left:
            case outcome.Value(), _:
                pass
            case outcome.Error() as came, [unit]:
                unit.result = came
            case outcome.Error(apsw.BusyError() as error), _:
                for unit in left:  # a traceback grows wherever its error is raised
                    unit.result = outcome.Error(copy.copy(error))
            case _:
                for unit in left:
                    unit.result = None
                    self._record([unit])

    def _together(self, units: Sequence[Unit]) -> None:
        match units:
            case []:
                return
            case [unit] if unit.single:
                self._do(unit)
            case [unit]:
                with whole(self._connection, unit.kind):
                    self._do(unit)
            case [first, *_]:
                with whole(self._connection, first.kind):
                    for unit in units:
                        self._do_among_others(unit)

    def _do_among_others(self, unit: Unit) -> None:
        """Its failure is its own, unless nothing is left of what the others have done."""
        came = outcome.capture(self._do_apart if unit.kind == "write" else self._do, unit)
        if isinstance(came, outcome.Error):
            if isinstance(came.error, apsw.BusyError) or not self._connection.in_transaction:
                raise came.error
            unit.result = came

    def _do_apart(self, unit: Unit) -> None:
        with _part(self._connection):
            self._do(unit)

    def _do(self, unit: Unit) -> None:
        if unit.given_up:
            return
        self._current = unit
        try:
            unit.result = outcome.Value(unit.work(self._connection))
        finally:
            self._current = None

    def _in_vain(self) -> bool:
        """Whether what is being read is for nobody. A write is let be: SQLite would take back its whole transaction."""
        unit = self._current
        return unit is not None and unit.kind == "read" and unit.given_up

    def _tell(self, units: Sequence[Unit]) -> None:
        if units:
            self._token.run_sync_soon(_wake, units)


def _wake(units: Sequence[Unit]) -> None:
    for unit in units:
        unit.told.set()
