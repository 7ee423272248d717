"""Server-sent events, and ids that look like the vendors'."""

import json
import uuid
from typing import Any


def event(document: dict[str, Any]) -> bytes:
    """An event that holds its document only."""
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def named_event(document: dict[str, Any]) -> bytes:
    """An event under the name that its document has as `type`."""
    return f"event: {document['type']}\n".encode() + event(document)


END = b"data: [DONE]\n\n"


def new_id(prefix: str) -> str:
    """An id that no other answer has."""
    return prefix + uuid.uuid4().hex
