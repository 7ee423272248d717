"""Fills the folder of an attempt with all that its process will read and write."""

import os

from gateway.domain.launch import OutDir, TempFile
from gateway.host.faults import reach
from gateway.host.spool import PRIVATE_FOLDER, Spool, write_private
from gateway.service.prepare import Attempt, Prepared, arguments
from gateway.service.record import record, write_record


def lay_out(spool: Spool, prepared: Prepared, attempt: Attempt, deadline: float) -> list[str]:
    """The arguments of the CLI, now that each of its private files has a path. The record comes last."""
    spool.clear()
    spool.make(attempt.launch.stdin)
    reach("spooled")
    launch = attempt.launch
    files = [*(word for word in launch.args if not isinstance(word, str)), *launch.env_files.values()]
    if files:
        spool.make_files()
    for word in files:
        match word:
            case TempFile(name, content):
                write_private(os.path.join(spool.files, name), content)
            case OutDir(name):
                os.mkdir(os.path.join(spool.files, name), PRIVATE_FOLDER)
    words = arguments(attempt.launch.args, spool.files)
    write_record(spool, record(prepared, attempt, words, deadline))
    reach("recorded")
    return words
