"""The tool that lists models."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import given
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.server.render import json_result
from gateway.server.spec import Call, Result, ToolSpec, plain


class ListModels(Struct, frozen=True, kw_only=True):
    """The models and aliases of each provider."""

    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET


async def _models(call: Call) -> Result:
    asked, _ = accept({name: value for name, value in call.arguments.items() if value != ""}, ListModels)
    providers = call.gateway.plugins.providers
    if given(asked.cli):
        chosen = call.gateway.plugins.provider(str(asked.cli))
        providers = {chosen.name: chosen}
    return json_result({name: _catalog(provider) for name, provider in providers.items()})


def _catalog(provider: Provider) -> Result:
    info = provider.info
    catalog = info.catalog
    told: Result = {
        "description": info.title,
        "models": dict(catalog.models),
        "aliases": dict(catalog.aliases),
        "modelMetadata": {name: {"source": catalog.source, "confidence": "low"} for name in catalog.models},
    }
    return told | ({"defaultModel": catalog.default} if catalog.default else {})


def model_tools() -> list[ToolSpec]:
    """What there is to ask."""
    return [plain("list_models", "List models", ListModels, _models, read_only=True, idempotent=True)]
