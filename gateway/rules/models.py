"""Which models there are, and which one a caller means."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from gateway.domain.provider import Catalog
from gateway.domain.request import Request, chosen, replace

DEFAULTS = ("default", "latest")


def with_model(request: Request, catalog: Catalog) -> Request:
    """The request with its model's alias resolved.

    Blank, ``default`` and ``latest`` are the default of the configuration, or else of the CLI. A name that nobody
    knows is passed on: a catalog is always older than the newest model.
    """
    asked = chosen(request.model, "").strip()
    if asked and asked.lower() not in DEFAULTS:
        return replace(request, model=catalog.aliases.get(asked.lower(), asked))
    configured = catalog.default if catalog.source == "env" else None
    return replace(request, model=configured or UNSET)


def overlaid(catalog: Catalog, name: str, environ: Mapping[str, str]) -> Catalog:
    """The catalog with what the environment says of it: NAME_DEFAULT_MODEL, NAME_MODELS, NAME_MODEL_ALIASES."""
    prefix = name.upper()
    default = environ.get(f"{prefix}_DEFAULT_MODEL", "").strip()
    models = _pairs(environ.get(f"{prefix}_MODELS", ""))
    shared = _pairs(environ.get("LLM_GATEWAY_MODEL_ALIASES", ""))
    ours = {
        key.removeprefix(f"{name}."): value for key, value in shared.items() if key.startswith(f"{name}.")
    }
    aliases = {
        key.lower(): value
        for key, value in (ours | _pairs(environ.get(f"{prefix}_MODEL_ALIASES", ""))).items()
    }
    return replace(
        catalog,
        models={**catalog.models, **models},
        aliases={**catalog.aliases, **aliases},
        default=default or catalog.default,
        source="env" if default else catalog.source,
    )


def _pairs(text: str) -> dict[str, str]:
    """A JSON object, a JSON list, or ``name=value`` by comma or line."""
    if text.lstrip().startswith(("{", "[")):
        try:
            told = msgspec.json.decode(text.encode(), type=dict[str, str] | list[str])
        except msgspec.DecodeError:
            return {}
        return told if isinstance(told, dict) else dict.fromkeys(told, "")
    words = [word.strip() for word in re.split(r"[,\n]", text) if word.strip()]
    pairs = (word.partition("=") for word in words)
    return {name.strip(): value.strip() for name, _, value in pairs if not re.search(r"\s", name.strip())}
