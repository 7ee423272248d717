"""Who may come in by HTTP: where the server listens, whose tokens it knows, what it refuses to begin with."""

import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct

from gateway.config import Config, Http
from gateway.domain.caller import Caller, caller_named
from gateway.errors import ConfigError
from gateway.host.tokens import ensure_token, read_token, token_path
from gateway.rules.addresses import is_loopback, parsed
from gateway.rules.tokens import digest_of, owner_of
from gateway.service.workspaces import check_workspaces

NAMELESS = "http"
"""The principal of the token that has no name: the one of the environment or of the token file."""
ANYBODY = "anonymous"
"""The principal of everybody where no token is asked for."""
RESERVED = frozenset({"local", NAMELESS, ANYBODY})
_SECRET = re.compile(r"/(?:[\w.~-]+/)*[\w~-]{32,}(?:/[\w.~-]+)*", re.ASCII)


class Door(Struct, frozen=True, kw_only=True):
    """An address to listen at and what opens it."""

    host: str
    port: int
    http: Http
    digests: Mapping[str, bytes]
    """By principal, of the tokens. Without any, nobody is asked."""
    open_paths: Mapping[str, Caller]
    """The callers of the addresses that are secrets themselves."""
    token_file: str = ""
    """Where the nameless token lies, where it lies in a file."""

    def caller(self, token: str | None) -> Caller | None:
        """Who shows this token, or none; None: nobody we know."""
        if not self.digests:
            return caller_named(ANYBODY)
        owner = None if token is None else owner_of(token, self.digests)
        return None if owner is None else caller_named(owner)


def door(config: Config, listen: str = "") -> Door:
    """The door as it is configured; ``listen`` is what the command line says. An unsafe one is refused."""
    http = config.http
    host, port = parsed(listen or http.listen, http.listen)
    if not re.fullmatch(r"/[\w./~-]+", http.path, re.ASCII) or http.path == "/healthz":
        raise ConfigError(f"{http.path!r} is no path for the server.", hint="Use one such as /mcp.")
    check_workspaces(config)
    if http.auth == "none":
        _only_here(host)
        return Door(host=host, port=port, http=http, digests={}, open_paths=_open_paths(http))
    named = {name: digest_of(token, _named(name)) for name, token in http.tokens.items()}
    token, file = _nameless(config, make=is_loopback(host) and not named)
    if not token and not named:
        raise ConfigError(
            f"Whoever reaches {host} could run commands here: without a token nothing is served there.",
            hint="Set LLM_GATEWAY_AUTH_TOKEN, or give tokens under [http.tokens].",
        )
    digests = named | ({NAMELESS: digest_of(token, file or "LLM_GATEWAY_AUTH_TOKEN")} if token else {})
    if len(set(digests.values())) < len(digests):
        raise ConfigError("Two names have the same token.", hint="Give each of [http.tokens] its own.")
    return Door(
        host=host, port=port, http=http, digests=digests, open_paths=_open_paths(http), token_file=file
    )


def _only_here(host: str) -> None:
    if not is_loopback(host):
        raise ConfigError(
            f"Without tokens the server opens to this machine only, and {host} is reached from others.",
            hint="Listen at 127.0.0.1, or do without LLM_GATEWAY_AUTH_DISABLED and auth = 'none'.",
        )


def _nameless(config: Config, *, make: bool) -> tuple[str, str]:
    """The token without a name, or nothing, and the file it is from."""
    if config.http.token:
        return config.http.token, ""
    token = ensure_token(config.state) if make else read_token(config.state)
    return (token, token_path(config.state)) if token else ("", "")


def _named(name: str) -> str:
    if name in RESERVED or not re.fullmatch(r"[\w.@-]{1,64}", name, re.ASCII):
        raise ConfigError(
            f"{name!r} cannot be a name in [http.tokens].",
            hint=f"Use letters, figures and .@_-, and none of {', '.join(sorted(RESERVED))}.",
        )
    return f"{name} in [http.tokens]"


def _open_paths(http: Http) -> dict[str, Caller]:
    for path in http.open_paths:
        if path == http.path or ".." in path or not _SECRET.fullmatch(path):
            raise ConfigError(
                f"{path!r} would let in everybody who guesses it.",
                hint="An address without token needs a part of 32 or more random characters: /chatgpt/…/mcp.",
            )
    return {path: caller_named(_unnamed(path)) for path in http.open_paths}


def _unnamed(path: str) -> str:
    """The principal of an address, which does not tell the address."""
    return f"path:{hashlib.sha256(path.encode()).hexdigest()[:16]}"
