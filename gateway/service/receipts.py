"""The durable account of a panel: what was asked of whom, what came of it, and a seal that shows every change."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.domain.panels import Opinion, Panel
from gateway.errors import InvalidRequest
from gateway.rules.digests import Flaw, canonical, flaws, sealed, sha256
from gateway.rules.instants import iso

VERSION = "validation-receipt.v1"
"""Changes with the form. A receipt stays what it was: each is read and checked by the version it says."""


KEPT = 32 * 1024
"""Characters of a text that a receipt holds; its hash is that of the whole."""


def write_receipt(panel: Panel, opinions: Sequence[Opinion], *, at: float, keep_bodies: bool) -> str:
    """The sealed receipt of a panel whose seats have all ended, in canonical JSON."""
    told = {
        "validationId": panel.id,
        "tool": panel.tool,
        "intent": panel.intent,
        "startedAt": iso(panel.created_at),
        "sealedAt": iso(at),
        "request": {name: _kept(value) for name, value in panel.request.items()} if keep_bodies else {},
        "requestSha256": sha256(canonical(panel.request)),
        "judgeModel": panel.judge,
        "seats": [_told(opinion, keep_bodies) for opinion in opinions],
    }
    return canonical(sealed({"version": VERSION, "receipt": told}))


def _told(opinion: Opinion, keep_bodies: bool) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(opinion)
    bodies = ("input", "output", "stated", "position")
    return told | {name: _kept(told[name]) if keep_bodies else None for name in bodies}


def _kept(value: Any) -> Any:
    return value[:KEPT] if isinstance(value, str) else value


def opinions_of(receipt: str) -> dict[str, Opinion]:
    """What came of each seat by its correlation id, from a receipt of our own."""
    told = msgspec.convert(msgspec.json.decode(receipt)["receipt"]["seats"], list[Opinion])
    return {opinion.correlation_id: opinion for opinion in told}


def verify(data: bytes) -> list[Flaw]:
    """What is wrong with a receipt, and where; nothing: every byte is as it was sealed."""
    found = flaws(data)
    if found:
        return found
    version = msgspec.json.decode(data).get("version")
    if version != VERSION:
        raise InvalidRequest(
            f"This says that it is {version!r}; known is {VERSION}.", hint="Use the gateway that made it."
        )
    return []
