"""Crashes of plugins in requests: each fails its request, is kept for whoever looks later, and counts for the pause.

A provider cannot be switched off as a listener is: its requests fail, and after several in a row it is left alone.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from gateway.errors import PluginError, StoreError
from gateway.rules.redact import Redactor
from gateway.service.admission import Admission
from gateway.store import crashes
from gateway.store.condition import looking
from gateway.store.crashes import Crash, record_crash
from gateway.store.database import Database, unharmed

KEEPING = 5.0
"""Seconds that keeping one may take where its caller has gone."""


class Crashes:
    """Keeps the crashes of one gateway's plugins."""

    def __init__(self, database: Database, admission: Admission, redact: Redactor) -> None:
        self._database = database
        self._admission = admission
        self._redact: Callable[[str], str] = redact

    @asynccontextmanager
    async def kept(self, provider: str) -> AsyncIterator[None]:
        """A crash in here is kept, and fails what is done here."""
        try:
            yield
        except PluginError as error:
            self._admission.crashed(provider, error)
            await self.keep(error)
            raise

    async def keep(self, error: PluginError) -> None:
        crash = Crash(plugin=error.plugin, hook=error.where, problem=self._redact(str(error)), at=time.time())
        with (
            unharmed("a plugin's crash is not kept"),
            trio.CancelScope(shield=True, deadline=trio.current_time() + KEEPING),
        ):
            await self._database.run(record_crash, crash)


def known_crashes(state: str) -> list[Crash]:
    """What is kept of crashes in a state folder, by whichever gateway; it is only read."""
    path = os.path.join(state, "gateway.db")
    if not os.path.exists(path):
        return []
    try:
        with looking(path) as connection:
            return crashes.crashes(connection)
    except StoreError:  # of an older version, or broken: that is told elsewhere
        return []
