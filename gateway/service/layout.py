"""Fills the folder of an attempt with all that its process will read and write."""

import os

from gateway.domain.launch import Launch, OutDir, TempFile
from gateway.host.faults import reach
from gateway.host.spool import PRIVATE_FOLDER, Spool, write_private
from gateway.service.record import Record, line


def lay_out(spool: Spool, launch: Launch, told: Record) -> int:
    """Write everything, and lock the spool for its process. The record comes last."""
    spool.clear()
    spool.make(launch.stdin)
    reach("spooled")
    files = [*(word for word in launch.args if not isinstance(word, str)), *launch.env_files.values()]
    if files:
        spool.make_files()
    for word in files:
        match word:
            case TempFile(name, content):
                write_private(os.path.join(spool.files, name), content)
            case OutDir(name):
                os.mkdir(os.path.join(spool.files, name), PRIVATE_FOLDER)
    alive = spool.lock(line(told))
    reach("recorded")
    return alive
