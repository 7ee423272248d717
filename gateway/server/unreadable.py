"""What a client is told of a line that is no message: without an answer it would wait for ever.

The SDK drops such lines. What is no JSON may still be readable, as half a surrogate pair in a prompt is to a parser that
takes more; then the error carries the id of the request.
"""

import json
from typing import Any

import msgspec
from mcp_types.jsonrpc import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError

HALVES = frozenset(map(chr, range(0xD800, 0xE000)))
"""What is no character alone, and cannot be written."""


def rejection(line: bytes) -> JSONRPCError | None:
    """The answer to a line that is no message. None: it was to be an answer itself, and to those there is none."""
    said = _leniently(line)
    if isinstance(said, dict) and "method" not in said and said.keys() & {"result", "error"}:
        return None
    return JSONRPCError(jsonrpc="2.0", id=_id(said), error=_error(line))


def _error(line: bytes) -> ErrorData:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        return ErrorData(code=PARSE_ERROR, message=f"This line is no JSON in UTF-8: {error}")
    return ErrorData(
        code=INVALID_REQUEST, message="This is JSON, but no message of JSON-RPC 2.0 as MCP has it."
    )


def _leniently(line: bytes) -> Any:
    """What a parser that takes more makes of a line; None where it makes nothing of it either."""
    try:
        return json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def _id(said: Any) -> int | str | None:
    """The id of what was asked, if it is one that can be written down again."""
    found = said.get("id") if isinstance(said, dict) else None
    if isinstance(found, str):
        return found if HALVES.isdisjoint(found) else None
    return found if type(found) is int else None
