"""OpenAI Responses."""

import json
import re
import time
from collections.abc import Generator, Iterator

from .conversation import Conversation, Json, Message, Protocol, Request, fold, text_of
from .events import END, named_event, new_id
from .reply import COST_IN_TICKS, Ending, Reply

BLANK: dict[str, Json] = {
    "message": {"content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
}
"""What each kind of item holds before its deltas come."""

ERRORS = {
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: mock"),
    403: ("invalid_request_error", "forbidden", "mock: forbidden"),
    404: ("invalid_request_error", "model_not_found", "mock: model not found"),
    429: ("requests", "rate_limit_exceeded", "mock: rate limited"),
    500: ("server_error", None, "mock: internal server error"),
    503: ("server_error", "server_is_overloaded", "mock: overloaded"),
}


def read(request: Request) -> Conversation:
    body = request.body
    turns, rounds = fold(_messages(body["input"]))
    return Conversation(
        model=body["model"],
        turns=turns,
        rounds=rounds,
        tools=frozenset(tool.get("name", tool["type"]) for tool in body.get("tools") or ()),
        schema=((body.get("text") or {}).get("format") or {}).get("schema"),
        streams=body.get("stream", False),
    )


def _messages(entries: str | list[Json]) -> Iterator[Message]:
    if isinstance(entries, str):
        yield Message("user", entries)
        return
    for entry in entries:
        if entry.get("type", "").endswith("_call_output"):
            yield Message("tool")
        elif "role" in entry:
            yield Message(entry["role"], text_of(entry.get("content")))


def whole(reply: Reply, model: str) -> Json:
    cut = reply.ending is Ending.LENGTH
    return {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "model": model,
        "output": _items(reply),
        "usage": _usage(reply),
        "error": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "metadata": {},
    }


def _usage(reply: Reply) -> Json:
    usage = reply.usage
    return {
        "input_tokens": usage.input_total,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output_total,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
        "num_sources_used": 0,
        "num_server_side_tools_used": 0,
        "cost_in_usd_ticks": COST_IN_TICKS,
    }


def _items(reply: Reply) -> list[Json]:
    items: list[Json] = []
    if reply.thought:
        summary = [{"type": "summary_text", "text": reply.thought}]
        items.append({"type": "reasoning", "id": new_id("rs_"), "summary": summary, "status": "completed"})
    if reply.call:
        items.append(_call(reply))
    elif reply.text:
        items.append(
            {
                "type": "message",
                "id": new_id("msg_"),
                "status": "completed",
                "role": "assistant",
                "content": [_part(reply, reply.text)],
            }
        )
    return items


def _call(reply: Reply) -> Json:
    assert reply.call
    call = {"call_id": new_id("call_"), "name": reply.call.name, "status": "completed"}
    if reply.call.source:
        return {"type": "custom_tool_call", "id": new_id("ctc_"), **call, "input": reply.call.source}
    arguments = json.dumps(reply.call.arguments)
    return {"type": "function_call", "id": new_id("fc_"), **call, "arguments": arguments}


def _part(reply: Reply, text: str) -> Json:
    if reply.ending is Ending.REFUSAL:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def stream(reply: Reply, model: str, pieces: Iterator[str]) -> Iterator[bytes]:
    response = whole(reply, model)
    for number, document in enumerate(_events(reply, response, pieces)):
        yield named_event({**document, "sequence_number": number})
    yield END


def _events(reply: Reply, response: Json, pieces: Iterator[str]) -> Iterator[Json]:
    started = {**response, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    output: list[Json] = []
    for index, item in enumerate(response["output"]):
        output.append((yield from _item_events(reply, index, item, pieces)))
    yield {"type": f"response.{response['status']}", "response": {**response, "output": output}}


def _item_events(reply: Reply, index: int, item: Json, pieces: Iterator[str]) -> Generator[Json, None, Json]:
    """The events of one item. Return the item as it is in the end."""
    place = {"item_id": item["id"], "output_index": index}
    yield {
        "type": "response.output_item.added",
        "output_index": index,
        "item": {**item, **BLANK[item["type"]], "status": "in_progress"},
    }
    match item["type"]:
        case "message":
            item = {**item, "content": [(yield from _text_events(reply, place, pieces))]}
        case "reasoning":
            yield from _summary_events(place, reply.thought)
        case "function_call":
            whole_call = {**place, "arguments": item["arguments"]}
            yield {"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]}
            yield {"type": "response.function_call_arguments.done", **whole_call, "name": item["name"]}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}
    return item


def _text_events(reply: Reply, place: Json, pieces: Iterator[str]) -> Generator[Json, None, Json]:
    """The events of a message's only part. Return the part as it is in the end."""
    place = {**place, "content_index": 0}
    name, field = ("refusal", "refusal") if reply.ending is Ending.REFUSAL else ("output_text", "text")
    yield {"type": "response.content_part.added", **place, "part": _part(reply, "")}
    text = ""
    for piece in pieces:
        text += piece
        yield {"type": f"response.{name}.delta", **place, "delta": piece, "logprobs": []}
    part = _part(reply, text)
    yield {"type": f"response.{name}.done", **place, field: text, "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part}
    return part


def _summary_events(place: Json, thought: str) -> Iterator[Json]:
    place = {**place, "summary_index": 0}
    part = {"type": "summary_text", "text": thought}
    yield {"type": "response.reasoning_summary_part.added", **place, "part": {**part, "text": ""}}
    yield {"type": "response.reasoning_summary_text.delta", **place, "delta": thought}
    yield {"type": "response.reasoning_summary_text.done", **place, "text": thought}
    yield {"type": "response.reasoning_summary_part.done", **place, "part": part}


def error(status: int) -> Json:
    kind, code, message = ERRORS.get(status, ("invalid_request_error", None, "mock: bad request"))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


RESPONSES = Protocol(re.compile(r"^/v1/responses$"), read, stream, whole, error)
