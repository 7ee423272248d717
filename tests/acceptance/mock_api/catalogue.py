"""The answers to the small questions that the CLIs ask beside the model's."""

import re
from collections.abc import Callable

from .conversation import Json, Request

CLAUDE_MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")

GROK_EFFORTS = [{"id": level, "value": level, "label": level.title()} for level in ("low", "medium", "high")]

GROK_MODELS: dict[str, Json] = {
    "grok-4.5": {
        "api_backend": "responses",
        "supports_reasoning_effort": True,
        "reasoning_effort": "high",
        "reasoning_efforts": GROK_EFFORTS,
    },
    "grok-4.6": {"api_backend": "responses"},
    "grok-code-fast-1": {"api_backend": "chat_completions"},
}


def _claude_models(request: Request) -> Json:
    models = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
        for name in CLAUDE_MODELS
    ]
    return {"data": models, "has_more": False, "first_id": CLAUDE_MODELS[0], "last_id": CLAUDE_MODELS[-1]}


def _grok_models(request: Request) -> Json:
    return {"object": "list", "data": [_described(name) for name in GROK_MODELS]}


def _models(request: Request) -> Json:
    """The vendor's who sends its version, or none: then a CLI keeps the list that is built in."""
    return _claude_models(request) if "anthropic-version" in request.headers else {"models": []}


def _model(request: Request) -> Json:
    """Any that is asked for."""
    return _described(request.path.rpartition("/")[2])


def _described(name: str) -> Json:
    return {
        "id": name,
        "name": name,
        "object": "model",
        "created": 1,
        "owned_by": "mock",
        "type": "base",
        "context_window": 256_000,
        "max_context_length": 256_000,
        "aliases": [],
        "deprecation": None,
        "capabilities": {"completion_chat": True, "function_calling": True, "vision": False},
        **GROK_MODELS.get(name, {}),
    }


def _api_key(request: Request) -> Json:
    return {
        "redacted_api_key": "xai-...mock",
        "user_id": "user",
        "team_id": "team",
        "name": "mock",
        "acls": ["api-key:model:*", "api-key:endpoint:*"],
        "api_key_blocked": False,
        "api_key_disabled": False,
        "team_blocked": False,
    }


def _count(request: Request) -> Json:
    return {"input_tokens": 100, "totalTokens": 100}


SMALL_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Request], Json]], ...] = (
    (re.compile(r"(/count_tokens|:countTokens)$"), _count),
    (re.compile(r"^/xai/v1/models$"), _grok_models),
    (re.compile(r"^/v1/models$"), _models),
    (re.compile(r"/models/[^/:]+$"), _model),
    (re.compile(r"/api-key$"), _api_key),
)


def small_answer(request: Request) -> Json | None:
    """What belongs to this path, or None."""
    for path, answer in SMALL_ANSWERS:
        if path.search(request.path):
            return answer(request)
    return None
