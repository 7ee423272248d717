"""Brings over what version 1.7.0 kept: sessions, flights and approvals.

It may be done twice, and writes to no source.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import islice

import trio
from msgspec import Struct
from msgspec.structs import replace

from gateway.config import Config
from gateway.errors import StoreError
from gateway.host.spool import private_folder, replace_private
from gateway.rules.fold import HEAD
from gateway.rules.former import FormerFlight, FormerSession, conversed, decided, flown
from gateway.rules.redact import Redactor
from gateway.service.former_files import Former, Kind, Source, entries
from gateway.service.retention import DAY
from gateway.service.spools import Spools
from gateway.store.brought import Kept, missing, take_in
from gateway.store.database import Database
from gateway.store.former import Unreadable

BATCH = 200
"""Entries that are recorded in one transaction: other gateways get their turn in between."""


class Brought(Struct, frozen=True, kw_only=True):
    """What came of a source, or would. ``expiring`` are so old that the next pruning takes them away."""

    kind: Kind
    path: str
    found: int
    new: int
    expiring: int
    unreadable: tuple[Unreadable, ...]


class Import:
    """Brings sources into a database; without one, all in them is new."""

    def __init__(self, config: Config, redact: Redactor, database: Database | None) -> None:
        self._config = config
        self._redact = redact
        self._database = database
        self._spools = Spools(config.state)

    async def bring(self, source: Source, *, write: bool) -> Brought:
        """Bring a source over, or tell what would come of it."""
        before = time.time() - self._config.persistence.retention_days * DAY
        found = new = expiring = 0
        unreadable: list[Unreadable] = []
        read = self._read(source)
        while batch := await trio.to_thread.run_sync(list, islice(read, BATCH)):
            kept = [each for each in batch if not isinstance(each, Unreadable)]
            unreadable += [each for each in batch if isinstance(each, Unreadable)]
            fresh = kept if self._database is None else await self._database.read(missing, kept)
            if write and self._database is not None:
                await self._database.run(take_in, self._laid_out(fresh))
            found, new = found + len(kept), new + len(fresh)
            expiring += sum(_ended(each) < before for each in fresh)
        return Brought(
            kind=source.kind,
            path=source.path,
            found=found,
            new=new,
            expiring=expiring,
            unreadable=tuple(unreadable),
        )

    def _read(self, source: Source) -> Iterator[Kept | Unreadable]:
        for entry in entries(source):
            try:
                yield entry if isinstance(entry, Unreadable) else self._translated(entry)
            except (ValueError, OverflowError) as error:  # a time that is none
                yield Unreadable(f"{source.kind} {getattr(entry, 'id', '')}", str(error))

    def _translated(self, entry: Former) -> Kept:
        match entry:
            case FormerFlight():
                return flown(entry, keep_bodies=self._config.flight_bodies, redact=self._redact)
            case FormerSession():
                return conversed(entry)
        return decided(entry, self._redact)

    def _laid_out(self, several: Sequence[Kept]) -> list[Kept]:
        try:
            return [self._headed(each) for each in several]
        except OSError as error:
            raise StoreError(
                f"A long answer cannot be kept: {error}",
                hint="Look at the disk, then import again for the rest.",
            ) from error

    def _headed(self, kept: Kept) -> Kept:
        """A long answer lies in its job's folder, as ours do, and only its beginning in the database."""
        match kept:
            case (job, flight) if flight.answer is not None and job.answer_bytes > HEAD:
                spool = self._spools.of(job.id, job.attempt)
                private_folder(spool.folder)
                replace_private(spool.at("answer"), flight.answer.encode())
                head = flight.answer.encode()[:HEAD].decode(errors="ignore")
                return job, replace(flight, answer=head)
        return kept


def _ended(kept: Kept) -> float:
    """When a flight ended; other things have no end."""
    return kept[1].finished_at or 0.0 if isinstance(kept, tuple) else float("inf")


def problems(several: Sequence[Brought]) -> list[tuple[str, Unreadable]]:
    """Everything that could not be read, with the path that it is in."""
    return [(each.path, one) for each in several for one in each.unreadable]
