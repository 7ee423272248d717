"""Who asks."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.domain.questions import Ask


class Caller(Struct, frozen=True, kw_only=True):
    """A principal and what it may do. Somebody at this machine may name its files, a remote caller may not."""

    principal: str = "local"
    names_paths: bool = True
    trace: Mapping[str, str] = {}
    """The W3C trace context that the call is part of: ``traceparent``, and ``tracestate`` where there is one."""
    ask: Ask | None = None
    """How the person behind the call is asked something; None: they cannot be."""
    comes_back: bool = False
    """Whether the caller looks after its job, and so may be asked by way of it rather than before it is there."""


LOCAL = Caller()


def caller_named(principal: str, trace: Mapping[str, str] | None = None) -> Caller:
    """The caller of this principal. All but the local one are remote."""
    return Caller(principal=principal, names_paths=principal == LOCAL.principal, trace=trace or {})
