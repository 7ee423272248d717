"""The clients that ``gateway setup`` knows."""

from gateway.domain.provider import ServersFile
from gateway.service.clients import known_clients
from parts.providers import repository
from parts.source import table


def clients() -> str:
    rows = [
        (f"`{word}`", client.title, _path(client.servers), _limit(client.servers), client.servers.verify)
        for word, client in sorted(known_clients(repository()).items())
        if client.servers
    ]
    return table(("client", "", "file", "time limit", "to check"), rows)


def _path(servers: ServersFile) -> str:
    file = servers.file
    if file.settings:
        return f"`{file.path}` in the folder of your settings"
    below = f"`${file.root_variable}/{file.path}`, else " if file.root_variable else ""
    return f"{below}`~/{'/'.join(part for part in (file.folder, file.path) if part)}`"


def _limit(servers: ServersFile) -> str:
    units = {1: "seconds", 1000: "milliseconds"}
    return ", ".join(f"`{key}`, {units[per]}" for key, per in servers.limit.items()) or "has none"
