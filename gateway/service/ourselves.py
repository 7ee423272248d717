"""What a client has to know to reach us: how to start us or where we listen, and how long to wait."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from gateway.config import Config
from gateway.domain.launch import McpServer
from gateway.errors import InvalidRequest
from gateway.host.tokens import ensure_token, token_path
from gateway.plugin.manager import Plugins
from gateway.rules.addresses import is_loopback, parsed
from gateway.rules.exposure import ANYWHERE
from gateway.rules.servers import PROGRAMS
from gateway.service.clients import known_clients

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every client takes as the name of a server."""
PASSING = ("/archive-v0/", "/builds-v0/", "/.cache/uv/")
"""Parts of the paths of environments that are made for one run, as by ``uvx``."""
CARRIED = (
    "LLM_GATEWAY_CONFIG", "LLM_GATEWAY_STATE", "LLM_GATEWAY_PROFILE", "GATEWAY_PLUGINS", "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
)  # fmt: skip
"""What makes the gateway that a client starts the same as that of this shell."""
PATHS = frozenset({"LLM_GATEWAY_CONFIG", "LLM_GATEWAY_STATE"})
NETWORK = ("HTTP*_PROXY", "NO_PROXY", "http*_proxy", "no_proxy", "SSL_CERT_*", "NODE_EXTRA_CA_CERTS")
SLACK = 60.0
"""Seconds that the way to a run and back may take beside its limits."""


def local_server(
    name: str, program: str, args: tuple[str, ...], environ: Mapping[str, str], env: Mapping[str, str]
) -> McpServer:
    """Ourselves as a program that the client starts, by the path that ``program`` was started by."""
    path = os.path.abspath(program)
    _check(name)
    direct = os.path.basename(path) in PROGRAMS and os.access(path, os.X_OK)
    command, words = (path, ("serve",)) if direct else (sys.executable, ("-m", "gateway", "serve"))
    carried = {key: _absolute(key, environ[key]) for key in CARRIED if environ.get(key)}
    return McpServer(name=name, command=command, args=(*words, *args), env=carried | dict(env))


def remote_server(name: str, url: str, config: Config) -> McpServer:
    """Ourselves as a server that listens, at our own address where no other is named."""
    _check(name)
    address = url or _own_address(config)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
    except ValueError:
        sound = False
    if not sound:
        raise InvalidRequest(f"{url!r} is no address.", hint="Give one such as http://127.0.0.1:3333/mcp.")
    return McpServer(name=name, url=address if parts.path else f"{address}{config.http.path}")


def _own_address(config: Config) -> str:
    """Where a client of this machine finds us, also where we listen at every address."""
    host, port = parsed(config.http.listen, config.http.listen)
    name = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}{config.http.path}"


def variables(config: Config, plugins: Plugins, environ: Mapping[str, str]) -> list[str]:
    """The names of the variables that a client has to hand on, for our CLIs to be who they are in this shell."""
    known = [glob for each in plugins.providers.values() for glob in each.info.env]
    own = [glob for each in config.providers.values() for glob in each.env]
    globs = (*NETWORK, *config.env, *own, *known)
    markers = {marker for client in known_clients(plugins).values() for marker in client.markers}
    return [
        name
        for name, value in sorted(environ.items())
        if value and name not in markers and any(fnmatchcase(name, glob) for glob in globs)
    ]


def doubts(server: McpServer) -> Iterator[tuple[str, str]]:
    """What speaks against an entry, and what to do instead."""
    parts = urlsplit(server.url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        told = "The token will travel to another machine for everybody on the way to read."
        yield told, "Use https:// there; see `gateway serve --http`."
    if any(part in server.command for part in PASSING):
        told = f"{server.command} belongs to an installation that may go at any time."
        yield told, "Install the gateway, as with `uv tool install`, and set up the client again."


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidRequest(f"{name!r} is no name for a server.", hint="Use letters, figures, - and _.")


def enough(config: Config) -> float:
    """Seconds in which every request ends, be it that it waits for its place first, and for a person before that."""
    asked = config.limits.answer_wait if config.ask_for_approval else 0.0
    return asked + config.limits.queue_wait + config.limits.wall_clock + SLACK


def token_file(config: Config, url: str) -> str | None:
    """Where the token of a server of this machine lies; made where there is none. None: it lies elsewhere."""
    if config.http.token or config.http.tokens or not is_loopback(urlsplit(url).hostname or ""):
        return None
    ensure_token(config.state)
    return token_path(config.state)


def _absolute(name: str, value: str) -> str:
    return os.path.abspath(os.path.expanduser(value)) if name in PATHS else value
