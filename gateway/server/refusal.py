"""Tells a client why the server that it talks to will not come.

A start may fail after `initialize` has been answered from memory, and a pipe that closes says nothing. So whatever is
asked is answered with what went wrong, while the client stays, but not for long: a server that cannot serve has to go.
"""

import json
import os
import select
import time

from gateway.server.bootstrap import READ, Early
from gateway.server.lenient import id_of, leniently

PATIENCE = 5.0
"""Seconds in which a client may ask."""
FAILED = -32603
"""JSON-RPC's code for what is no fault of the request."""


def refuse(early: Early, reason: str, patience: float = PATIENCE) -> None:
    """Answer all requests that are open, and those that come, until the client goes or time is up."""
    early.end()
    if os.isatty(early.incoming):
        return
    until, unread = time.monotonic() + patience, bytes(early.unread)
    try:
        _write(early.outgoing, early.unwritten, until)
        while True:
            *lines, rest = unread.split(b"\n")
            for line in lines:
                _write(early.outgoing, _answer(line, early, reason), until)
            if not _ready(early.incoming, select.POLLIN, until):
                return
            more = os.read(early.incoming, READ)
            if not more:
                return
            unread = rest + more
    except OSError:
        return  # the client is gone


def _answer(line: bytes, early: Early, reason: str) -> bytes:
    """The frame that answers a line; nothing where it is no request, or answered already."""
    said = leniently(line) or {}
    id = id_of(said)
    if id is None or "method" not in said or early.answered.pop(id, None) is not None:
        return b""
    error = {"code": FAILED, "message": reason}
    return json.dumps({"jsonrpc": "2.0", "id": id, "error": error}).encode() + b"\n"


def _write(descriptor: int, frame: bytes, until: float) -> None:
    while frame and _ready(descriptor, select.POLLOUT, until):
        frame = frame[os.write(descriptor, frame[: select.PIPE_BUF]) :]


def _ready(descriptor: int, event: int, until: float) -> bool:
    """Wait until a descriptor is ready. False: time is up."""
    waiting = select.poll()
    waiting.register(descriptor, event)
    return bool(waiting.poll(max(0.0, until - time.monotonic()) * 1000))
