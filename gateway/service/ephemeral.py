"""Where a gateway keeps what it is not to keep: in a folder that goes with it, also where it was killed."""

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import trio
from msgspec.structs import replace

from gateway.config import Config
from gateway.host.owners import living
from gateway.host.passing import left_behind
from gateway.host.process import adopt
from gateway.host.spool import Spool
from gateway.service.spools import Spools

PREFIX = "gateway-passing-"
GRACE = 2.0
"""Seconds that a CLI gets to end which nobody follows any more."""


@asynccontextmanager
async def housed(config: Config) -> AsyncIterator[Config]:
    """The configuration with the state folder that its backend asks for."""
    if config.persistence.backend == "sqlite":
        yield config
        return
    async with trio.open_nursery() as clearing:  # all at once: whoever starts us waits meanwhile
        for folder in _left_behind():
            clearing.start_soon(_clear, folder)
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        yield replace(config, state=folder)


def _left_behind() -> Iterator[str]:
    """The folders of gateways that were killed before they could remove them."""
    for path in left_behind(PREFIX):
        locks = os.path.join(path, "gateways")
        with contextlib.suppress(FileNotFoundError):
            if not living(locks, os.listdir(locks) if os.path.isdir(locks) else ()):
                yield path


async def _clear(folder: str) -> None:
    """End what still runs there, then forget it."""
    try:
        async with trio.open_nursery() as ending:
            for path in glob.glob(os.path.join(glob.escape(Spools(folder).folder), "*", "*.alive")):
                ending.start_soon(_end, Spool(path.removesuffix(".alive")))
    except* OSError:  # another one clears up, too
        pass
    else:
        await trio.to_thread.run_sync(shutil.rmtree, folder, True)


async def _end(spool: Spool) -> None:
    if spool.alive():
        child = await adopt(os.path.basename(spool.folder), spool)
        await child.end(GRACE)
