"""What a call says of the trace that it is part of."""

import re
from collections.abc import Mapping
from typing import Any

PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
STATE = re.compile(r"[\x20-\x7e]{1,512}")


def trace_context(meta: Mapping[str, Any] | None) -> dict[str, str]:
    """The W3C trace context of an MCP request's ``_meta``; empty where it tells none, or none that is well-formed."""
    told = meta or {}
    parent, state = told.get("traceparent"), told.get("tracestate")
    if not isinstance(parent, str) or not PARENT.fullmatch(parent):
        return {}
    if not isinstance(state, str) or not STATE.fullmatch(state):
        return {"traceparent": parent}
    return {"traceparent": parent, "tracestate": state}
