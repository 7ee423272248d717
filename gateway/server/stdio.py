"""MCP frames over standard input and output, in trio's own terms.

The SDK's transport reads in a worker thread, which nothing can cancel: a server under SIGTERM would hang until its
client closes the pipe. Here the descriptors are watched by trio; one task writes, so that no frame is ever torn.
"""

import logging
import os
import stat
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Protocol, Self

import trio
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import JSONRPCError, JSONRPCResponse

from gateway.server.bootstrap import Early
from gateway.server.unreadable import message_of, rejection, too_long

log = logging.getLogger(__name__)

READ = 256 * 1024
MOST_IN = 64 * 1024 * 1024
"""Bytes of one incoming frame: a prompt of 10 MiB may be escaped to six times that."""
MOST_QUEUED = 8 * 1024 * 1024
"""Bytes of frames that may wait for a slow client before senders have to wait too."""
FLUSH = 2.0
"""Seconds that the frames still queued have at the end."""


class Bytes(Protocol):
    """A descriptor one can wait for."""

    async def receive_some(self, most: int, /) -> bytes | bytearray: ...
    async def send_all(self, data: bytes, /) -> None: ...
    async def aclose(self) -> None: ...


class Reader:
    """Incoming messages. A line that is none is answered through ``writer``, for the SDK would drop it."""

    def __init__(
        self, stream: Bytes, at_end: Callable[[], None], writer: "Writer", *, unread: bytes = b""
    ) -> None:
        self._stream = stream
        self._at_end = at_end
        self._writer = writer
        self._rest = bytearray()
        self._skipping = False
        """Whether what comes is the rest of a line that is too long."""
        self._lines: deque[bytes] = deque()
        self._take(unread)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        while True:
            while not self._lines:
                if not await self._read():
                    self._at_end()
                    raise StopAsyncIteration
            await trio.lowlevel.checkpoint_if_cancelled()
            line = self._lines.popleft()
            try:
                return SessionMessage(message_of(line))
            except ValueError:
                await self._refuse(line)

    async def _refuse(self, line: bytes) -> None:
        refused = rejection(line)
        if refused is None:
            log.debug("an answer that is no message was dropped")
            return
        await self._tell(refused)

    async def _tell(self, refused: JSONRPCError) -> None:
        with suppress(trio.ClosedResourceError):
            await self._writer.send(SessionMessage(refused))

    async def receive(self) -> SessionMessage:
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise trio.EndOfChannel from None

    async def _read(self) -> bool:
        """Take in some bytes; False at the end."""
        try:
            data = await self._stream.receive_some(READ)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return False
        if not data:
            return False
        self._take(data)
        if len(self._rest) > MOST_IN:
            self._rest.clear()
            self._skipping = True
            await self._tell(too_long(MOST_IN))
        return True

    def _take(self, data: bytes | bytearray) -> None:
        if self._skipping:
            _, end, data = data.partition(b"\n")
            self._skipping = not end
        self._rest += data
        if b"\n" in data:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._lines.extend(line for line in lines if line.strip())
            self._rest = bytearray(rest)

    async def aclose(self) -> None:
        await self._stream.aclose()


class Writer:
    """Outgoing messages. Senders queue whole frames, `pump` writes them; what was answered already is left out."""

    def __init__(self, stream: Bytes, early: Early | None = None) -> None:
        self._stream = stream
        self._early = early
        self._frames: deque[bytes] = deque([early.unwritten] if early and early.unwritten else ())
        self._queued = sum(map(len, self._frames))
        self._closed = False
        self._more = trio.Event()
        self._room = trio.Event()
        self._empty = trio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, item: SessionMessage) -> None:
        if self._closed:
            raise trio.ClosedResourceError
        message = item.message
        frame = (
            type(message).__pydantic_serializer__.to_json(message, by_alias=True, exclude_unset=True) + b"\n"
        )
        if self._early and isinstance(message, JSONRPCResponse | JSONRPCError):
            answered = self._early.answered.pop(message.id, None)
            if answered is not None:
                self._compare(answered, frame)
                return
        self._frames.append(frame)
        self._queued += len(frame)
        self._more.set()
        await trio.lowlevel.checkpoint_if_cancelled()
        while self._queued > MOST_QUEUED and not self._closed:
            await self._room.wait()

    def _compare(self, answered: bytes, frame: bytes) -> None:
        """Leave out what was answered already. The next start does not answer so if it was another answer."""
        if self._early and answered != frame:
            log.warning("The first answers were out of date. Connect again if tools are missing.")
            self._early.memory.forget()

    async def pump(self) -> None:
        """Write what is queued until the transport is closed or the client is gone."""
        try:
            while True:
                while self._frames:
                    batch = b"".join(self._frames)
                    self._frames.clear()
                    await self._stream.send_all(batch)
                    self._queued -= len(batch)
                    self._make_room()
                self._empty.set()
                if self._closed:
                    return
                self._more = trio.Event()
                self._empty = trio.Event()
                await self._more.wait()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client is gone
        finally:
            self._closed = True
            self._make_room()
            self._empty.set()

    def _make_room(self) -> None:
        """Let everybody who waits for room look again."""
        waiting, self._room = self._room, trio.Event()
        waiting.set()

    async def aclose(self) -> None:
        self._closed = True
        self._more.set()
        self._make_room()

    async def flushed(self) -> None:
        """Return when everything that was queued is written, or cannot be."""
        await self.aclose()
        await self._empty.wait()


class _Threaded:
    """A descriptor that cannot be waited for: a regular file, a terminal on some systems."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def receive_some(self, most: int) -> bytes:
        return await trio.to_thread.run_sync(os.read, self._descriptor, most, abandon_on_cancel=True)

    async def send_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[await trio.to_thread.run_sync(os.write, self._descriptor, rest) :]

    async def aclose(self) -> None:
        os.close(self._descriptor)


def _stream(descriptor: int) -> Bytes:
    mode = os.fstat(descriptor).st_mode
    waitable = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
    return trio.lowlevel.FdStream(descriptor) if waitable else _Threaded(descriptor)


@asynccontextmanager
async def stdio(at_end: Callable[[], None], early: Early) -> AsyncIterator[tuple[Reader, Writer]]:
    """The two streams of a connection, from its beginning. ``at_end`` is called when the client closes its side."""
    early.end()
    writer = Writer(_stream(early.outgoing), early)
    reader = Reader(_stream(early.incoming), at_end, writer, unread=bytes(early.unread))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.pump)
        try:
            yield reader, writer
        finally:
            with trio.move_on_after(FLUSH, shield=True):
                await writer.flushed()
            nursery.cancel_scope.cancel()
