"""Anthropic Messages."""

import json
import re
from collections.abc import Iterator

from .conversation import Conversation, Json, Message, Protocol, Request, fold, text_of
from .events import named_event, new_id
from .plan import SCHEMA_TOOL
from .reply import Ending, Reply

STOP_REASONS = {Ending.DONE: "end_turn", Ending.LENGTH: "max_tokens", Ending.REFUSAL: "refusal"}

BLANK: dict[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}
"""What each kind of block holds before its deltas come."""

ERRORS = {
    400: ("invalid_request_error", "mock: bad request"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "mock: forbidden"),
    404: ("not_found_error", "model: mock-missing"),
    413: ("request_too_large", "mock: request too large"),
    429: ("rate_limit_error", "mock: rate limited"),
    503: ("overloaded_error", "mock: unavailable"),
    529: ("overloaded_error", "Overloaded"),
}


def read(request: Request) -> Conversation:
    body = request.body
    tools = {tool.get("name", ""): tool for tool in body.get("tools", ())}
    output = body.get("output_config", {}).get("format") or {}
    schema_tool = tools.get(SCHEMA_TOOL, {})
    turns, rounds = fold(_messages(body["messages"]))
    return Conversation(
        model=body["model"],
        turns=turns,
        rounds=rounds,
        tools=frozenset(tools),
        schema=output.get("schema") or schema_tool.get("input_schema"),
        streams=body.get("stream", False),
    )


def _messages(entries: list[Json]) -> Iterator[Message]:
    for entry in entries:
        content = entry["content"]
        if not isinstance(content, str) and any(part["type"] == "tool_result" for part in content):
            yield Message("tool")
        yield Message(entry["role"], text_of(content))


def whole(reply: Reply, model: str) -> Json:
    return {
        "id": new_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": _blocks(reply),
        "stop_reason": "tool_use" if reply.call else STOP_REASONS[reply.ending],
        "stop_sequence": None,
        "usage": _usage(reply),
    }


def _usage(reply: Reply) -> Json:
    usage = reply.usage
    return {
        "input_tokens": usage.fresh,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_write,
        "output_tokens": usage.output_total,
    }


def _blocks(reply: Reply) -> list[Json]:
    blocks: list[Json] = []
    if reply.thought:
        blocks.append({"type": "thinking", "thinking": reply.thought, "signature": "bW9jaw=="})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    if call := reply.call:
        blocks.append(
            {"type": "tool_use", "id": new_id("toolu_"), "name": call.name, "input": call.arguments}
        )
    return blocks


def stream(reply: Reply, model: str, pieces: Iterator[str]) -> Iterator[bytes]:
    message = whole(reply, model)
    yield named_event({"type": "message_start", "message": {**message, "content": [], "stop_reason": None}})
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block, pieces)
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield named_event({"type": "message_delta", "delta": delta, "usage": message["usage"]})
    yield named_event({"type": "message_stop"})


def _block_events(index: int, block: Json, pieces: Iterator[str]) -> Iterator[bytes]:
    blank = {**block, **BLANK[block["type"]]}
    yield named_event({"type": "content_block_start", "index": index, "content_block": blank})
    for delta in _deltas(block, pieces):
        yield named_event({"type": "content_block_delta", "index": index, "delta": delta})
    yield named_event({"type": "content_block_stop", "index": index})


def _deltas(block: Json, pieces: Iterator[str]) -> Iterator[Json]:
    match block["type"]:
        case "text":
            yield from ({"type": "text_delta", "text": piece} for piece in pieces)
        case "thinking":
            yield {"type": "thinking_delta", "thinking": block["thinking"]}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use":
            yield {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}


def error(status: int) -> Json:
    kind, message = ERRORS.get(status, ("api_error", "mock: internal server error"))
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": new_id("req_")}


ANTHROPIC = Protocol(re.compile(r"^/v1/messages$"), read, stream, whole, error)
