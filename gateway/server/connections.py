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
FULL = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


async def serve_connections(
    app: ASGIApp, listeners: list[trio.SocketListener], *, most: int, until: trio.Event
) -> None:
    """Answer with ``app``, on at most so many connections at once, until told to end. No request is begun after that."""
    context = WorkerContext(None)
    async with trio.open_nursery() as connections, trio.open_nursery() as accepting:
        connect = partial(_connect, app=app, context=context, most=trio.CapacityLimiter(most))
        accepting.start_soon(partial(trio.serve_listeners, connect, listeners, handler_nursery=connections))
        await until.wait()
        accepting.cancel_scope.cancel()
        connections.cancel_scope.deadline = trio.current_time() + GRACE
        await context.terminated.set()


async def _connect(
    stream: trio.SocketStream, *, app: ASGIApp, context: WorkerContext, most: trio.CapacityLimiter
) -> None:
    try:
        most.acquire_nowait()
    except trio.WouldBlock:
        await _turn_away(stream)
        return
    try:
        await _server(app, context, stream).run()
    except* Exception as failed:  # the boundary of a connection: whatever somebody sent, the others go on
        log.warning("a connection failed: %r", failed.exceptions[0])
        log.debug("it failed so", exc_info=True)
    finally:
        most.release()
        await trio.aclose_forcefully(stream)


def _server(app: ASGIApp, context: WorkerContext, stream: trio.SocketStream) -> TCPServer:
    """A connection of Hypercorn's, which is typed as if all of them were encrypted and all messages were Structs."""
    wrapped = ASGIWrapper(cast("ASGIFramework", app))
    return TCPServer(
        wrapped,
        _settings(),
        context,
        ConnectionState({}),
        cast("trio.SSLStream[trio.SocketStream]", stream),
    )


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
