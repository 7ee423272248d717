"""From where a server can be reached, judged by its addresses; and addresses that may be shown."""

import ipaddress
import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from gateway.rules.addresses import is_loopback

Mode = Literal["local_only", "lan", "tunnel", "byo_reverse_proxy", "misconfigured"]
"""From this machine; from its network; from everywhere, by a tunnel or a proxy; not as it was meant."""
LANS = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
]
ANYWHERE = frozenset({"", "0.0.0.0", "::", "*"})  # noqa: S104 - to be recognized, not to be bound
TUNNELS = re.compile(r"(?:cloudflare|ngrok|tailscale|\.ts\.net\Z)")
SECRET = re.compile(
    r"auth|bearer|token|secret|credential|passw|signature|api[_-]?key|access[_-]?key|jwt|cookie|session",
    re.IGNORECASE,
)
LONG = re.compile(r"(?<=/)[\w.~-]{32,}")
"""A part of a path that nobody guesses: such an address is a secret itself."""
HIDDEN = "[redacted]"


def mode(host: str, public_url: str, tunnel: str) -> Mode:
    """From where a server can be reached that listens at ``host`` and is told to be known by ``public_url``."""
    if not public_url:
        return "lan" if host in ANYWHERE or not is_loopback(host) else "local_only"
    parts = _split(public_url)
    name = parts.hostname if parts else None
    if parts is None or not name:
        return "misconfigured"
    if is_loopback(name):
        return "local_only"
    if _in_lan(name):
        return "lan"
    if parts.scheme != "https":
        return "misconfigured"
    return "tunnel" if tunnel or TUNNELS.search(name) else "byo_reverse_proxy"


def is_https(url: str) -> bool:
    parts = _split(url)
    return parts is not None and parts.scheme == "https"


def shown(url: str) -> str:
    """An address without what would let somebody in: names and passwords, parameters, parts of the path."""
    parts = _split(url)
    if parts is None:
        return HIDDEN
    place = parts.netloc.rpartition("@")
    return SplitResult(
        scheme=parts.scheme,
        netloc=f"{HIDDEN}@{place[2]}" if place[1] else parts.netloc,
        path=LONG.sub(HIDDEN, parts.path),
        query=_without_secrets(parts.query),
        fragment=_without_secrets(parts.fragment),
    ).geturl()


def _without_secrets(pairs: str) -> str:
    return "&".join(map(_without_secret, pairs.split("&")))


def _without_secret(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and SECRET.search(name) else pair


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _in_lan(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped.version == lan.version and mapped in lan for lan in LANS)
