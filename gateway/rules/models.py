"""Which model a caller means."""

from msgspec import UNSET

from gateway.domain.provider import Catalog
from gateway.domain.request import Request, chosen, replace

DEFAULTS = ("default", "latest")


def with_model(request: Request, catalog: Catalog) -> Request:
    """The request with its model's alias resolved; blank, ``default`` and ``latest`` leave it to the CLI.

    A name that nobody knows is passed on: a catalog is always older than the newest model.
    """
    asked = chosen(request.model, "").strip()
    if not asked or asked.lower() in DEFAULTS:
        return replace(request, model=UNSET)
    return replace(request, model=catalog.aliases.get(asked.lower(), asked))
