"""HTTP connections: Hypercorn's protocol on trio's sockets, in a fence of our own.

Hypercorn's server lets an error in one connection end all of them: a WebSocket upgrade with one byte behind it is
enough, from anybody. So its connections are run here one by one.
"""

import contextlib
import logging
from functools import partial
from typing import cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState
from starlette.types import ASGIApp

log = logging.getLogger(__name__)

IDLE = 30.0
"""Seconds for which a connection without a request, or with half of its head, is kept."""
GRACE = 1.0
"""Seconds that answers under way have when the server ends."""
PATIENCE = 30.0
"""Seconds that a client may take to receive something. Hypercorn waits for ever, and cannot be cancelled meanwhile."""
FULL = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Patient:
    """A client's side of a connection, given up when the client does not receive what it is sent."""

    def __init__(self, stream: trio.abc.HalfCloseableStream, socket: trio.socket.SocketType) -> None:
        self.socket = socket
        self._stream = stream
        self.receive_some = stream.receive_some
        self.send_eof = stream.send_eof
        self.aclose = stream.aclose

    async def send_all(self, data: bytes) -> None:
        with trio.move_on_after(PATIENCE):
            await self._stream.send_all(data)
            return
        await trio.aclose_forcefully(self._stream)
        raise trio.BrokenResourceError("the client does not receive")


async def serve_connections(
    app: ASGIApp, listeners: list[trio.SocketListener], *, most: int, until: trio.Event
) -> None:
    """Answer with ``app``, on at most so many connections at once, until told to end.

    No request is begun after that.
    """
    context, streams = WorkerContext(None), set[trio.SocketStream]()

    async def connect(stream: trio.SocketStream) -> None:
        if len(streams) >= most:
            await _turn_away(stream)
            return
        streams.add(stream)
        try:
            await _connect(stream, app, context)
        finally:
            streams.discard(stream)

    async with trio.open_nursery() as ending:
        async with trio.open_nursery() as connections, trio.open_nursery() as accepting:
            accepting.start_soon(
                partial(trio.serve_listeners, connect, listeners, handler_nursery=connections)
            )
            await until.wait()
            accepting.cancel_scope.cancel()
            ending.start_soon(_hurry, streams, connections.cancel_scope)
            await context.terminated.set()
        ending.cancel_scope.cancel()


async def _hurry(streams: set[trio.SocketStream], connections: trio.CancelScope) -> None:
    """After the grace, close what is still open: who waits for a client to receive cannot be cancelled."""
    await trio.sleep(GRACE)
    connections.cancel()
    for stream in tuple(streams):
        await trio.aclose_forcefully(stream)


class _Connection(TCPServer):
    """A connection of Hypercorn's that ends with its client, and not when it would have been idle for too long."""

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()


async def _connect(stream: trio.SocketStream, app: ASGIApp, context: WorkerContext) -> None:
    # Hypercorn is typed as if all connections were encrypted and all messages were Structs.
    framework = ASGIWrapper(cast("ASGIFramework", app))
    patient = cast("trio.SSLStream[trio.SocketStream]", Patient(stream, stream.socket))
    try:
        await _Connection(framework, _settings(), context, ConnectionState({}), patient).run()
    except* Exception as failed:  # the boundary of a connection: whatever somebody sent, the others go on
        log.warning("a connection failed: %r", failed.exceptions[0])
        log.debug("it failed so", exc_info=True)
    finally:
        await trio.aclose_forcefully(stream)


async def _turn_away(stream: trio.SocketStream) -> None:
    with trio.move_on_after(1):
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.send_all(FULL)
    await trio.aclose_forcefully(stream)


def _settings() -> Config:
    settings = Config()
    settings.errorlog = log
    settings.keep_alive_timeout = IDLE
    settings.include_server_header = False
    return settings
