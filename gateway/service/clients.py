"""The programs that may be our clients: those that plugins tell of, and those that are no providers."""

from msgspec.structs import replace

from gateway.domain.provider import Client
from gateway.plugin.manager import Plugins
from gateway.rules.editors import EDITORS


def known_clients(plugins: Plugins) -> dict[str, Client]:
    """Each by its word on the command line."""
    infos = [provider.info for provider in plugins.providers.values()]
    return EDITORS | {
        info.name: replace(info.client, title=info.client.title or info.title)
        for info in infos
        if info.client
    }
