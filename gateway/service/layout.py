"""Makes the files that the process of an attempt will read and write."""

import os

from gateway.domain.launch import Launch, OutDir, TempFile
from gateway.host.faults import reach
from gateway.host.spool import PRIVATE_FOLDER, Spool, write_private


def lay_out(spool: Spool, launch: Launch, record: bytes) -> int:
    """Write everything anew, and lock the spool for its process. The record comes last."""
    try:
        spool.make()
    except FileExistsError:
        spool.clear()
        spool.make()
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
    alive = spool.lock(record)
    reach("recorded")
    return alive
