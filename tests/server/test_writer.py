"""Frames on their way to a client that reads slowly."""

import pytest
import trio
import trio.testing
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import JSONRPCNotification

from gateway.server import stdio
from gateway.server.stdio import Writer


class SlowClient:
    """Reads nothing until it is told to."""

    def __init__(self) -> None:
        self.reads = trio.Event()
        self.seen = b""

    async def receive_some(self, most: int) -> bytes:
        return b""

    async def send_all(self, data: bytes) -> None:
        await self.reads.wait()
        self.seen += data

    async def aclose(self) -> None:
        self.reads.set()


async def test_everybody_who_waits_for_a_slow_client_goes_on_when_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stdio, "MOST_QUEUED", 1)
    client = SlowClient()
    writer = Writer(client)
    frame = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="notifications/test"))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.pump)
            for _ in range(3):
                nursery.start_soon(writer.send, frame)
            await trio.testing.wait_all_tasks_blocked()
            client.reads.set()
            await trio.testing.wait_all_tasks_blocked()
            await writer.aclose()

    assert client.seen.count(b"\n") == 3
