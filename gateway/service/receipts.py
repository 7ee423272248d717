"""The durable account of a panel: what was asked of whom, what came of it, and a seal that shows every change."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.domain.panels import Opinion, Panel
from gateway.errors import InvalidRequest
from gateway.rules.digests import Flaw, canonical, flaws, sealed
from gateway.rules.instants import iso

VERSION = "validation-receipt.v1"
"""Changes with the form. A receipt stays what it was: each is read and checked by the version it says."""


def write_receipt(panel: Panel, opinions: Sequence[Opinion], *, at: float, keep_bodies: bool) -> str:
    """The sealed receipt of a panel whose seats have all ended, in canonical JSON."""
    told = {
        "validationId": panel.id,
        "tool": panel.tool,
        "intent": panel.intent,
        "startedAt": iso(panel.created_at),
        "sealedAt": iso(at),
        "request": panel.request if keep_bodies else {},
        "judgeModel": panel.judge,
        "seats": [_told(opinion, keep_bodies) for opinion in opinions],
    }
    return canonical(sealed({"version": VERSION, "receipt": told}))


def _told(opinion: Opinion, keep_bodies: bool) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(opinion)
    return told if keep_bodies else told | {"input": None, "output": None, "stated": None, "position": None}


def opinions_of(receipt: str) -> list[Opinion]:
    """What came of each seat, from a receipt of our own."""
    return msgspec.convert(msgspec.json.decode(receipt)["receipt"]["seats"], list[Opinion])


def verify(data: bytes) -> list[Flaw]:
    """What is wrong with a receipt, and where; nothing: every byte is as it was sealed."""
    found = flaws(data)
    if found:
        return found
    version = msgspec.json.decode(data).get("version")
    if version != VERSION:
        raise InvalidRequest(
            f"This is a {version!r}, and this gateway knows {VERSION}.", hint="Use the gateway that made it."
        )
    return []
