"""The newest release of a package, as its registry tells it. Not to know is an answer: nothing here raises."""

import http.client
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping

import msgspec
import trio
from msgspec import Struct

from gateway.domain.probes import Package

PATIENCE = 5.0
"""Seconds that a registry may take."""
MOST = 16 * 1024 * 1024
ADDRESSES: Mapping[str, str] = {
    "npm": "https://registry.npmjs.org/{name}/latest",
    "pypi": "https://pypi.org/pypi/{name}/json",
}
_RELEASE = re.compile(r"[0-9A-Za-z][\w.+-]{0,63}")


class _Version(Struct):
    version: str = ""


class _Answer(Struct):
    """One registry tells the version at the top, the other one below ``info``."""

    version: str = ""
    info: _Version = msgspec.field(default_factory=_Version)


async def newest(package: Package, addresses: Mapping[str, str] = ADDRESSES) -> str | None:
    """The version of the newest release; None: the registry did not tell in time."""
    address = addresses[package.registry].format(name=urllib.parse.quote(package.name, safe="@"))
    with trio.move_on_after(PATIENCE):
        return await trio.to_thread.run_sync(_asked, address, abandon_on_cancel=True)
    return None


def _asked(address: str) -> str | None:
    try:
        with urllib.request.build_opener().open(address, timeout=PATIENCE) as reply:
            answer = msgspec.json.decode(reply.read(MOST), type=_Answer)
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return None
    told = answer.version or answer.info.version
    return told if _RELEASE.fullmatch(told) else None
