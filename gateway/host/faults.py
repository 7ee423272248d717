"""Named points at which a test lets a gateway die: one between every two durable writes of a job.

``GATEWAY_FAULT=spawned`` kills the process where it reaches that point, ``GATEWAY_FAULT=spawned:stop`` freezes it.
"""

import os
import signal
from typing import Literal, get_args

Fault = Literal[
    "asked",  # the request lies in the job's folder; no row yet
    "claimed",  # job and flight are recorded
    "begun",  # the row says running
    "spooled",  # the files are there that its process writes to
    "recorded",  # so is the attempt's record
    "spawned",  # the process runs
    "told_to_stop",  # the reason to stop is recorded; the process was not told yet
    "stopped",  # the process was ended
    "ending",  # all is known of the end, nothing is recorded
    "ended",  # the last write is done
    "taken_over",  # jobs of another gateway are ours
    "adopted",  # one of them is about to be carried on
    "answered",  # a long answer is folded into a file of another name
]
FAULTS: frozenset[str] = frozenset(get_args(Fault))


def reach(name: Fault) -> None:
    """Die or freeze here, where the environment says so: this very thread goes no further, whichever it is."""
    told = os.environ.get("GATEWAY_FAULT")
    if told is not None and told.partition(":")[0] == name:
        signal.raise_signal(signal.SIGSTOP if told.endswith(":stop") else signal.SIGKILL)
