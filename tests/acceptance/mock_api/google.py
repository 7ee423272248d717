"""Google generateContent."""

import re
from collections.abc import Iterator

from .conversation import Conversation, Json, Message, Protocol, Request, fold, text_of
from .events import event, new_id
from .reply import Ending, Reply, Usage

PATH = re.compile(r"/models/([^/:]+):(generate|streamGenerate)Content$")

FINISH_REASONS = {Ending.DONE: "STOP", Ending.LENGTH: "MAX_TOKENS", Ending.REFUSAL: "SAFETY"}

ERRORS = {
    400: ("INVALID_ARGUMENT", "mock: bad request"),
    401: ("UNAUTHENTICATED", "API key not valid. Please pass a valid API key."),
    403: ("PERMISSION_DENIED", "mock: forbidden"),
    404: ("NOT_FOUND", "mock: model not found"),
    429: (
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    500: ("INTERNAL", "mock: internal server error"),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}


def read(request: Request) -> Conversation:
    body = request.body
    found = PATH.search(request.path)
    assert found
    turns, rounds = fold(_messages(body["contents"]))
    settings = body.get("generationConfig", {})
    return Conversation(
        model=found[1],
        turns=turns,
        rounds=rounds,
        tools=frozenset(
            function["name"]
            for tool in body.get("tools", ())
            for function in tool.get("functionDeclarations", ())
        ),
        schema=settings.get("responseJsonSchema") or settings.get("responseSchema"),
        streams=found[2] == "streamGenerate",
    )


def _messages(entries: list[Json]) -> Iterator[Message]:
    for entry in entries:
        if any("functionResponse" in part for part in entry["parts"]):
            yield Message("tool")
        yield Message("user" if entry.get("role") == "user" else "assistant", text_of(entry["parts"]))


def whole(reply: Reply, model: str) -> Json:
    parts: list[Json] = []
    if reply.thought:
        parts.append({"text": reply.thought, "thought": True})
    if reply.text:
        parts.append({"text": reply.text})
    if reply.call:
        parts.append(_call(reply))
    return _document(reply, model, parts, finished=True)


def stream(reply: Reply, model: str, pieces: Iterator[str]) -> Iterator[bytes]:
    if reply.thought:
        yield event(_document(reply, model, [{"text": reply.thought, "thought": True}], finished=False))
    if reply.ending is not Ending.REFUSAL:
        for piece in pieces:
            yield event(_document(reply, model, [{"text": piece}], finished=False))
    last = _call(reply) if reply.call else {"text": ""}
    yield event(_document(reply, model, [last], finished=True))


def _call(reply: Reply) -> Json:
    assert reply.call
    return {"functionCall": {"id": new_id("call_"), "name": reply.call.name, "args": reply.call.arguments}}


def _document(reply: Reply, model: str, parts: list[Json], *, finished: bool) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finished:
        candidate["finishReason"] = FINISH_REASONS[reply.ending]
    return {
        "candidates": [candidate],
        "modelVersion": model,
        "responseId": new_id(""),
        "usageMetadata": _usage(reply.usage),
    }


def _usage(usage: Usage) -> Json:
    return {
        "promptTokenCount": usage.input_total,
        "cachedContentTokenCount": usage.cache_read,
        "candidatesTokenCount": usage.output,
        "thoughtsTokenCount": usage.reasoning,
        "totalTokenCount": usage.total,
    }


def error(status: int) -> Json:
    name, message = ERRORS.get(status, ("UNKNOWN", "mock: error"))
    return {"error": {"code": status, "message": message, "status": name}}


GOOGLE = Protocol(PATH, read, stream, whole, error)
