"""The logs in which some CLIs tell of a run what they do not print."""

import logging
from collections.abc import Mapping

from gateway.domain.probes import HomeFile, JobFile
from gateway.host.files import read_log
from gateway.host.spool import Spool

log = logging.getLogger(__name__)


def log_of(where: HomeFile | JobFile, spool: Spool, environ: Mapping[str, str], since: float) -> bytes | None:
    """What the CLI told in a log of its own. It is kept: who folds the run once more may find no such file."""
    kept = spool.kept_log()
    if kept is None:
        found = read_log(where, files=spool.files, environ=environ, since=since)
        if found is not None:
            _kept(spool, found)
        return found or spool.kept_log()
    return kept


def _kept(spool: Spool, content: bytes) -> None:
    """Keep a log. Where the disk is full, whoever has to fold again misses it, and nobody loses the run."""
    try:
        spool.keep_log(content)
    except OSError as error:
        log.warning("what the CLI has logged is not kept in %s: %s", spool.path, error)
