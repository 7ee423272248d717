"""Lines that are no messages: each request gets an answer, or its client waits for ever."""

from collections import deque

import pytest
import trio
from mcp_types.jsonrpc import JSONRPCNotification

from gateway.server import stdio
from gateway.server.unreadable import message_of, rejection

LONE = (
    rb'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"x","arguments":{"prompt":"\ud800"}}}'
)
NO_JSON, NO_MESSAGE = -32700, -32600


ANSWERS = {
    LONE % b"7": (NO_JSON, 7),
    LONE % b'"a"': (NO_JSON, "a"),
    LONE % rb'"\ud800"': (NO_JSON, None),
    LONE % b"[1]": (NO_JSON, None),
    b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"\xff"}}': (NO_JSON, 7),
    b'{"jsonrpc":"2.0","id":7,"method":"ping"': (NO_JSON, None),
    b"this is no JSON": (NO_JSON, None),
    b"[" * 100_000: (NO_JSON, None),
    b'{"jsonrpc":"2.0","id":' + b"1" * 5000 + b',"method":5}': (NO_JSON, None),
    b'{"not":"a message"}': (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":true,"method":5}': (NO_MESSAGE, None),
    b'{"jsonrpc":"1.0","id":7,"method":"ping"}': (NO_MESSAGE, 7),
    b'{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}': (NO_MESSAGE, 7),
    b'[{"jsonrpc":"2.0","id":7,"method":"ping"}]': (NO_MESSAGE, None),
    b"7": (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}': (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":null,"method":"ping"}': (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":true,"method":"ping"}': (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":[7],"method":"notifications/initialized"}': (NO_MESSAGE, None),
    b'{"jsonrpc":"2.0","id":7,"result":5}': None,
    rb'{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"\ud800"}}': None,
}


def answer(line: bytes) -> tuple[int, int | str | None] | None:
    """The code and the id that a line is answered with."""
    with pytest.raises(ValueError, match=r"validation error|an id that none can have"):
        message_of(line)
    refused = rejection(line)
    return (refused.error.code, refused.id) if refused else None


def test_a_line_that_is_no_message_is_refused_by_its_id_where_that_can_be_read() -> None:
    assert {line: answer(line) for line in ANSWERS} == ANSWERS


@pytest.mark.parametrize("odd", [b"", b'"id":null,'])
def test_a_notification_is_one_with_null_for_an_id_too(odd: bytes) -> None:
    line = b'{"jsonrpc":"2.0",%s"method":"notifications/initialized"}' % odd
    assert isinstance(message_of(line), JSONRPCNotification)


class Pieces:
    """A client that says something piece by piece, and hears."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = deque(pieces)
        self.heard = b""

    async def receive_some(self, _: int) -> bytes:
        return self._pieces.popleft() if self._pieces else b""

    async def send_all(self, data: bytes) -> None:
        self.heard += data

    async def aclose(self) -> None:
        pass


PING = b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n'


@pytest.mark.parametrize("end", [b"\n" + PING % 2, b'x"\n' + PING % 2])
async def test_a_line_that_is_too_long_is_dropped_and_the_next_is_served(
    monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr(stdio, "MOST_IN", 100)
    client = Pieces(PING % 1 + b'{"x":"', b"y" * 90, b"y" * 90, b"y" * 90, end)
    writer = stdio.Writer(client)
    reader = stdio.Reader(client, lambda: None, writer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.pump)
        asked = [message.message.id async for message in reader]
        await writer.flushed()

    (told,) = client.heard.splitlines()
    assert asked == [1, 2]
    assert b"A message of more than 100 bytes was dropped." in told
