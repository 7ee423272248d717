"""What a request would be allowed to do, and what is said to it."""

from typing import Literal

from msgspec import Struct

from gateway.domain.launch import Autonomy


class Risk(Struct, frozen=True):
    """The posture a request asks for, and why."""

    autonomy: Autonomy = "ask"
    bypass: bool = False
    """The caller asked in so many words that nothing be checked."""
    reasons: tuple[str, ...] = ()


class Verdict(Struct, frozen=True):
    """A policy's answer to a request. One refusal refuses; ``ask`` leaves it to the person behind the client."""

    decision: Literal["approved", "ask", "refused"]
    reason: str = ""
    """Why, for people: what they are told, or asked."""
    field: str = "allow"
    """What the yes is called in the form that ``ask`` shows."""


class Approval(Struct, frozen=True, kw_only=True, rename="camel"):
    """A decision of the managed approval, as it is recorded. ``ts`` is Unix seconds."""

    id: str
    ts: float
    principal: str
    status: Literal["approved", "denied"]
    policy: str
    cli: str
    operation: str
    score: int
    reasons: tuple[str, ...]
    prompt_preview: str
    prompt_sha256: str
    requested_mcp_servers: tuple[str, ...]
    bypass_requested: bool
    full_auto: bool
