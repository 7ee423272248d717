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
    """A policy's answer to a request. One refusal refuses."""

    decision: Literal["approved", "refused"]
    reason: str = ""
