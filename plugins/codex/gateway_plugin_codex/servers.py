"""MCP servers as settings of the CLI. Values go by environment: arguments can be read by everybody on the machine."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gateway import McpServer

_OWN = r"HOME|PATH|TMPDIR|CODEX_\w+"
"""Variables that the CLI itself reads: a server's own go by argument."""


def settings(servers: Sequence[McpServer], *, trusted: bool) -> Iterator[str]:
    """The arguments that add the servers to those of the user's configuration."""
    for server in servers:
        table = _remote(server) if server.url else _local(server)
        if trusted:
            # Without it every call that may write is refused, for there is nobody to ask (0.169.0).
            table["default_tools_approval_mode"] = "approve"
        yield from ("-c", f"mcp_servers={_toml({server.name: table})}")


def variables(servers: Sequence[McpServer]) -> dict[str, str]:
    """The environment that the settings refer to."""
    return {name: value for server in servers for name, value in _private(server).items()}


def _remote(server: McpServer) -> dict[str, Any]:
    return {"url": server.url, "env_http_headers": dict(zip(server.headers, _private(server), strict=True))}


def _local(server: McpServer) -> dict[str, Any]:
    private = _private(server)
    own = {name: value for name, value in server.env.items() if name not in private}
    return {"command": server.command, "args": server.args, "env_vars": tuple(private), "env": own}


def _private(server: McpServer) -> dict[str, str]:
    if server.url:
        return {f"MCP_{server.name}_{number}": value for number, value in enumerate(server.headers.values())}
    return {name: value for name, value in server.env.items() if not re.fullmatch(_OWN, name)}


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ",".join(f"{_toml(key)}={_toml(item)}" for key, item in value.items())
        return f"{{{pairs}}}"
    return msgspec.json.encode(value).decode()
