"""What a provider's processes may see and where its CLI is, for runs and for probes alike."""

import os
from collections.abc import Mapping

from gateway.config import Config
from gateway.domain.launch import McpServer
from gateway.domain.request import Request
from gateway.errors import ProviderUnavailable
from gateway.host.environ import child_environ, find, is_base, search_path
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import NONE, Provider


class Surroundings:
    """The gateway's own environment, from which each child's is built."""

    def __init__(self, config: Config, plugins: Plugins, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._bases: dict[str, dict[str, str]] = {}
        self._path = search_path(environ)
        clients = [each for one in plugins.providers.values() for each in one.info.all_clients().values()]
        self._markers = frozenset(marker for client in clients for marker in client.markers)

    def environ(self, provider: Provider, trace: Mapping[str, str] = NONE) -> dict[str, str]:
        """The environment of the provider's processes, for a request that is part of a trace or for none."""
        if provider.name not in self._bases:  # neither our environment nor the configuration changes
            allowed = (*provider.info.env, *self._config.env, *self._config.provider(provider.name).env)
            self._bases[provider.name] = child_environ(self._environ, allowed, self._markers, self._path)
        base = self._bases[provider.name]
        built = {**base, **provider.environ(dict(base), trace)}
        return {name: value for name, value in built.items() if value}

    def relevant(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The part of an environment that the provider's answers may depend on: what only it may see, and its home."""
        return {name: value for name, value in environ.items() if name == "HOME" or not is_base(name)}

    def servers(self, request: Request) -> tuple[list[McpServer], list[str]]:
        """The MCP servers that a request names, and the names that are not configured."""
        return self._config.servers(request.mcp_servers)

    def executable(self, provider: Provider) -> str:
        """The absolute path of the provider's CLI."""
        info = provider.info
        configured = self._config.provider(info.name).executable
        wanted = configured or info.executable
        found = find(wanted, self._path)
        if found is None:
            correct = f"Correct `executable` under [providers.{info.name}]. " if configured else ""
            install = f"Install it with: {' or '.join(info.install)}" if info.install else ""
            raise ProviderUnavailable(  # a remote caller may read it, and not where things lie here
                f"The '{os.path.basename(wanted)}' command was not found. Install the "
                f"{info.title.removesuffix(' CLI')} CLI and make sure it is on PATH.",
                hint=f"{correct}{install}".strip(),
            )
        return found
