"""What a client is told of a line that is no message: without an answer it would wait for ever.

The SDK drops such lines. What is no JSON may still be readable, as half a surrogate pair in a prompt is to a parser
that takes more; then the error carries the id of the request.
"""

import msgspec
from mcp_types.jsonrpc import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    jsonrpc_message_adapter,
)

from gateway.server.lenient import id_of, leniently


def message_of(line: bytes) -> JSONRPCMessage:
    """The message of a line. ValueError: it is none."""
    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    if isinstance(message, JSONRPCNotification) and _asks(line):
        raise ValueError("A request has an id that none can have.")
    return message


def _asks(line: bytes) -> bool:
    """Whether what the SDK takes for a notification waits for an answer: an id of another type is overlooked there.

    There are clients that put null into their notifications.
    """
    said = leniently(line) or {}
    return "id" in said and not (said["id"] is None and said["method"].startswith("notifications/"))


def rejection(line: bytes) -> JSONRPCError | None:
    """The answer to a line that is no message. None: it was to be an answer itself, and to those there is none."""
    said = leniently(line)
    if said and "method" not in said and said.keys() & {"result", "error"}:
        return None
    return JSONRPCError(jsonrpc="2.0", id=id_of(said or {}), error=_error(line, readable=said is not None))


def too_long(most: int) -> JSONRPCError:
    """The answer to a line of more bytes than are taken. Whose it is cannot be told: it is not read to its end."""
    words = f"A message of more than {most:,} bytes was dropped. Send less, or have the agent read it from a file."
    return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=INVALID_REQUEST, message=words))


def _error(line: bytes, *, readable: bool) -> ErrorData:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        why = "it holds half a surrogate pair, or bytes that are no UTF-8" if readable else error
        return ErrorData(code=PARSE_ERROR, message=f"This line is no JSON in UTF-8: {why}.")
    words = (
        "This is JSON, but no message of JSON-RPC 2.0 as MCP has it. "
        "A request has a string or an integer for an id."
    )
    return ErrorData(code=INVALID_REQUEST, message=words)
