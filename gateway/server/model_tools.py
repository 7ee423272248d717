"""The tools that list models."""

import time
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import given
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.models import misread
from gateway.server.render import json_result
from gateway.server.spec import Call, Result, ToolSpec, plain
from gateway.service.gateway import Gateway


class ListModels(Struct, frozen=True, kw_only=True):
    """The models and aliases of each provider, for the parameter model."""

    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET


class ListAvailableModels(Struct, frozen=True, kw_only=True):
    """The same for all providers at once; list_models takes one."""


CONFIDENCE = {"bundled": "low", "cli": "high", "config": "medium", "env": "high"}


def models_of(gateway: Gateway, provider: Provider) -> Result:
    """A provider's models as version 1.7.0 tells them: bundled ones are mere hints."""
    known = gateway.catalogs.get(provider)
    catalog = known.catalog
    bundled = dict(provider.info.catalog.models) if known.told_at is None else {}
    sure = {name: text for name, text in catalog.models.items() if name not in bundled}
    source = "cli" if known.told_at else catalog.source
    told: Result = {
        "description": provider.info.title,
        "models": sure,
        "unverifiedModelHints": bundled,
        "aliases": dict(catalog.aliases),
        "defaultModel": catalog.default,
        "defaultModelSource": catalog.source,
        "modelMetadata": {
            name: {
                "source": source if name in sure else "fallback",
                "confidence": _confidence(name, sure, source),
            }
            for name in catalog.models
        },
        "ageSeconds": None if known.told_at is None else round(time.time() - known.told_at),
    }
    warnings = misread(provider.name, gateway.environ)
    if bundled:
        warnings.append("These models came with the plugin; the CLI has not been asked or cannot tell.")
    told["warnings"] = warnings
    return {name: value for name, value in told.items() if value not in (None, {}, [])} | {"models": sure}


def _confidence(name: str, sure: Result, source: str) -> str:
    return CONFIDENCE[source] if name in sure else "low"


async def _models(call: Call) -> Result:
    asked, _ = accept({name: value for name, value in call.arguments.items() if value != ""}, ListModels)
    providers = call.gateway.plugins.providers
    if given(asked.cli):
        chosen = call.gateway.plugins.provider(str(asked.cli))
        providers = {chosen.name: chosen}
    return json_result({name: models_of(call.gateway, provider) for name, provider in providers.items()})


async def _available(call: Call) -> Result:
    providers = call.gateway.plugins.providers
    models = {name: models_of(call.gateway, provider) for name, provider in providers.items()}
    return json_result({"success": True, "models": models})


def model_tools() -> list[ToolSpec]:
    """What there is to ask."""
    safe = {"read_only": True, "idempotent": True}
    return [
        plain("list_models", "List models", ListModels, _models, **safe),
        plain("list_available_models", "List all models", ListAvailableModels, _available, **safe),
    ]
