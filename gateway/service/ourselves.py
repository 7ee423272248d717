"""What a client has to know to reach us: how to start us or where we listen, and how long to wait."""

import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.config import Config
from gateway.domain.launch import McpServer
from gateway.errors import InvalidRequest
from gateway.host.tokens import ensure_token, token_path
from gateway.rules.addresses import is_loopback
from gateway.rules.servers import PROGRAMS

CARRIED = ("LLM_GATEWAY_CONFIG", "LLM_GATEWAY_STATE", "LLM_GATEWAY_PROFILE", "GATEWAY_PLUGINS")
"""What makes the gateway that a client starts the same as that of this shell."""
PATHS = frozenset({"LLM_GATEWAY_CONFIG", "LLM_GATEWAY_STATE"})
SLACK = 60.0
"""Seconds that the way to a run and back may take beside its limits."""


def local_server(
    name: str, program: str, args: tuple[str, ...], environ: Mapping[str, str], env: Mapping[str, str]
) -> McpServer:
    """Ourselves as a program that the client starts, by the path that ``program`` was started by."""
    path = os.path.abspath(program)
    direct = os.path.basename(path) in PROGRAMS and os.access(path, os.X_OK)
    command, words = (path, ("serve",)) if direct else (sys.executable, ("-m", "gateway", "serve"))
    carried = {key: _absolute(key, environ[key]) for key in CARRIED if environ.get(key)}
    return McpServer(name=name, command=command, args=(*words, *args), env=carried | dict(env))


def remote_server(name: str, url: str, config: Config) -> McpServer:
    """Ourselves as a server that listens, at our own address where no other is named."""
    address = url or f"http://{config.http.listen}{config.http.path}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise InvalidRequest(f"{url!r} is no address.", hint="Give one such as http://127.0.0.1:3333/mcp.")
    return McpServer(name=name, url=address if parts.path else f"{address}{config.http.path}")


def enough(config: Config) -> float:
    """Seconds in which every request ends, be it that it waits for its place first."""
    return config.limits.queue_wait + config.limits.wall_clock + SLACK


def token_file(config: Config, url: str) -> str | None:
    """Where the token of a server of this machine lies; made where there is none. None: it lies elsewhere."""
    if config.http.token or config.http.tokens or not is_loopback(urlsplit(url).hostname or ""):
        return None
    ensure_token(config.state)
    return token_path(config.state)


def _absolute(name: str, value: str) -> str:
    return os.path.abspath(os.path.expanduser(value)) if name in PATHS else value
