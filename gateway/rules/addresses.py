"""Addresses of HTTP servers: where one listens, and which names a request may come by."""

import ipaddress
import re
from collections.abc import Container
from urllib.parse import urlsplit

from gateway.errors import ConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::\d{1,5})?", re.ASCII)


def parsed(listen: str, otherwise: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``HOST``, ``:PORT`` or ``PORT``; what is not said is as in ``otherwise``."""
    usual_host, _, usual_port = otherwise.rpartition(":")
    text = f":{listen}" if listen.isdigit() else listen
    alone = (text.startswith("[") and text.endswith("]")) or ":" not in text
    host, _, port = (text, "", "") if alone else text.rpartition(":")
    port = port or usual_port
    if not port.isdigit() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise ConfigError(
            f"{listen!r} is no address to listen at.", hint="Write HOST:PORT, such as 127.0.0.1:3333."
        )
    return (host or usual_host).strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


def named(host_header: str) -> str | None:
    """The name in a ``Host`` header, without its port; None: it holds no name."""
    found = _HOST.fullmatch(host_header)
    return found["name"].strip("[]").lower().rstrip(".") if found else None


def expected(name: str | None, bound: str, names: Container[str]) -> bool:
    """Whether a request may be for this name.

    A page in a browser can have any name resolve to this machine, but not make the browser say another name than
    that. So a server beyond loopback takes addresses in figures, too: such a name is nobody's but the machine's.
    """
    if name is None:
        return False
    if name in names or name in LOOPBACK:
        return True
    return not is_loopback(bound) and _is_ip(name)


def origin_name(origin: str) -> str | None:
    """The name of the page that a browser sends a request for; None: the page has none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def public_name(url: str) -> str | None:
    """The name of the server in an address; None: it names none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
