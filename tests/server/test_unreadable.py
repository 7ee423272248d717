"""Lines that are no messages: each request gets an answer, or its client waits for ever."""

import pytest
from mcp_types.jsonrpc import jsonrpc_message_adapter

from gateway.server.unreadable import rejection

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
    b'{"jsonrpc":"2.0","id":7,"result":5}': None,
    rb'{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"\ud800"}}': None,
}


def answer(line: bytes) -> tuple[int, int | str | None] | None:
    """The code and the id that a line is answered with."""
    with pytest.raises(ValueError, match="validation error"):
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    refused = rejection(line)
    return (refused.error.code, refused.id) if refused else None


def test_a_line_that_is_no_message_is_refused_by_its_id_where_that_can_be_read() -> None:
    assert {line: answer(line) for line in ANSWERS} == ANSWERS
