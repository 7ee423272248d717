"""The programs that may be our clients: those that plugins tell of, and those that are no providers."""

from gateway.domain.provider import Client
from gateway.plugin.manager import Plugins
from gateway.rules.editors import EDITORS


def known_clients(plugins: Plugins) -> dict[str, Client]:
    """Each by its word on the command line."""
    found = dict(EDITORS)
    for provider in plugins.providers.values():
        found |= provider.info.all_clients()
    return found
