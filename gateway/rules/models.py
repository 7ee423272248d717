"""Which models there are, and which one a caller means."""

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET, Struct

from gateway.domain.provider import Catalog
from gateway.domain.request import Request, chosen, replace

DEFAULTS = ("default", "latest")
_ODD = re.compile(r"[\s\x00-\x1f\x7f]")


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


class _Entry(Struct):
    """A model as an object: of each pair of names one is enough."""

    name: str = ""
    id: str = ""
    model: str = ""
    description: str = ""
    desc: str = ""

    def pair(self) -> tuple[str, str]:
        return self.model or self.id or self.name, self.description or self.desc


SHARED = "LLM_GATEWAY_MODEL_ALIASES"


def overlaid(catalog: Catalog, name: str, environ: Mapping[str, str]) -> Catalog:
    """The catalog with what the environment says of it: NAME_DEFAULT_MODEL, NAME_MODELS, NAME_MODEL_ALIASES."""
    prefix = name.upper()
    default = environ.get(f"{prefix}_DEFAULT_MODEL", "").strip()
    models, _ = _pairs(environ.get(f"{prefix}_MODELS", ""))
    shared, _ = _pairs(environ.get(SHARED, ""))
    own, _ = _pairs(environ.get(f"{prefix}_MODEL_ALIASES", ""))
    ours = {
        key.removeprefix(f"{name}."): value for key, value in shared.items() if key.startswith(f"{name}.")
    }
    aliases = {key.lower(): value for key, value in (ours | own).items()}
    return replace(
        catalog,
        models={**catalog.models, **models},
        aliases={**catalog.aliases, **aliases},
        default=default or catalog.default,
        source="env" if default else catalog.source,
    )


def misread(name: str, environ: Mapping[str, str]) -> list[str]:
    """What of those variables could not be used, and why."""
    prefix = name.upper()
    names = (f"{prefix}_MODELS", f"{prefix}_MODEL_ALIASES", SHARED)
    return [f"{each}: {trouble}" for each in names for trouble in _pairs(environ.get(each, ""))[1]]


def _pairs(text: str) -> tuple[dict[str, str], list[str]]:
    """A JSON object, a JSON list, or ``name=value`` by comma or line; and what is wrong in it."""
    try:
        told = list(_told(text))
    except msgspec.DecodeError as error:
        return {}, [f"{error}. All of it is ignored."]
    odd = [name for name, _ in told if not name or _ODD.search(name)]
    pairs = {name: value for name, value in told if name not in odd}
    return pairs, [f"{name!r} is no name and is ignored." for name in odd]


def _told(text: str) -> Iterator[tuple[str, str]]:
    if not text.lstrip().startswith(("{", "[")):
        words = (word.partition("=") for word in re.split(r"[,\n]", text) if word.strip())
        yield from ((name.strip(), value.strip()) for name, _, value in words)
        return
    told = msgspec.json.decode(text.encode(), type=dict[str, str] | list[str | _Entry])
    if isinstance(told, dict):
        yield from told.items()
        return
    yield from ((each, "") if isinstance(each, str) else each.pair() for each in told)
