"""The answers to the small questions that the CLIs ask beside the model's."""

import re
from collections.abc import Callable

from tests.acceptance.real_clis import PROVIDERS

from .conversation import Json, Request

LISTS = [cli.listed for cli in PROVIDERS.values() if cli.listed]
MODELS = {name: told for known in LISTS for name, told in known.models.items()}
"""What is told of a model beside what is told of any."""


def _listed(request: Request) -> Json:
    """The list of whoever is asked here; where that is nobody, none: then a CLI keeps the list that is built in."""
    for known in LISTS:
        if re.search(known.path, request.path) and (not known.header or known.header in request.headers):
            names = list(known.models)
            data = [_described(name) | {"display_name": name} for name in names]
            ends = {"first_id": names[0], "last_id": names[-1]}
            return {"object": "list", "data": data, "has_more": False, **ends}
    return {"models": []}


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
        "created_at": "2026-01-01T00:00:00Z",
        **MODELS.get(name, {}),
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
    (re.compile(r"^(/xai)?/v1/models$"), _listed),
    (re.compile(r"/models/[^/:]+$"), _model),
    (re.compile(r"/api-key$"), _api_key),
)


def small_answer(request: Request) -> Json | None:
    """What belongs to this path, or None."""
    for path, answer in SMALL_ANSWERS:
        if path.search(request.path):
            return answer(request)
    return None
