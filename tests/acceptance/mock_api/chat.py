"""Chat completions."""

import json
import re
import time
from collections.abc import Iterator

from .conversation import Conversation, Json, Message, Protocol, Request, fold, text_of
from .events import END, event, new_id
from .reply import COST_IN_TICKS, Ending, Reply, Usage

FINISH_REASONS = {Ending.DONE: "stop", Ending.LENGTH: "length", Ending.REFUSAL: "content_filter"}

CALL_ID_LENGTH = 9
"""The vendor takes no other length."""

ERRORS = {
    429: ("rate_limited", "1300", "Requests rate limit exceeded"),
    404: ("invalid_model", "1500", "mock: model not found"),
    400: ("invalid_request_error", "1000", "mock: bad request"),
}


def read(request: Request) -> Conversation:
    body = request.body
    turns, rounds = fold(Message(entry["role"], text_of(entry.get("content"))) for entry in body["messages"])
    return Conversation(
        model=body["model"],
        turns=turns,
        rounds=rounds,
        tools=frozenset(tool["function"]["name"] for tool in body.get("tools") or ()),
        schema=((body.get("response_format") or {}).get("json_schema") or {}).get("schema"),
        streams=body.get("stream", False),
    )


def whole(reply: Reply, model: str) -> Json:
    message: Json = {"role": "assistant", "content": reply.text}
    if reply.call:
        message["tool_calls"] = [_call(reply)]
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(reply)}
    return {**_start(model), "object": "chat.completion", "choices": [choice], "usage": _usage(reply.usage)}


def stream(reply: Reply, model: str, pieces: Iterator[str]) -> Iterator[bytes]:
    start = {**_start(model), "object": "chat.completion.chunk"}
    for delta in _deltas(reply, pieces):
        yield event({**start, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    last = {"index": 0, "delta": {"content": ""}, "finish_reason": _finish_reason(reply)}
    yield event({**start, "choices": [last], "usage": _usage(reply.usage)})
    yield END


def _deltas(reply: Reply, pieces: Iterator[str]) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    if reply.thought:
        yield {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": reply.thought}]}]}
    yield from ({"content": piece} for piece in pieces)
    if reply.call:
        yield {"tool_calls": [_call(reply)]}


def _start(model: str) -> Json:
    return {"id": new_id(""), "created": int(time.time()), "model": model}


def _finish_reason(reply: Reply) -> str:
    return "tool_calls" if reply.call else FINISH_REASONS[reply.ending]


def _call(reply: Reply) -> Json:
    assert reply.call
    function = {"name": reply.call.name, "arguments": json.dumps(reply.call.arguments)}
    return {"id": new_id("")[:CALL_ID_LENGTH], "type": "function", "index": 0, "function": function}


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input_total,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "num_cached_tokens": usage.cache_read,
        "completion_tokens": usage.output_total,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
        "cost_in_usd_ticks": COST_IN_TICKS,
    }


def error(status: int) -> Json:
    if status == 401:
        return {"detail": "Unauthorized"}
    kind, code, message = ERRORS.get(status, ("internal_server_error", "1000", "mock: error"))
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


CHAT = Protocol(re.compile(r"^/v1/chat/completions$"), read, stream, whole, error)
