"""A circuit breaker: after too many failures in a row a provider is left alone for a while."""

from typing import Literal

from msgspec import Struct

State = Literal["closed", "open", "half_open"]


class Breaker(Struct, frozen=True):
    """What is known of a provider. Times are seconds on any clock that does not go back."""

    failures: int = 0
    opened_at: float | None = None
    trying: bool = False
    """One request is on its way to see whether the provider is back."""


def state(breaker: Breaker, now: float, reset: float) -> State:
    """Closed lets everything pass, open nothing, half open one request at a time."""
    if breaker.opened_at is None:
        return "closed"
    return "half_open" if now - breaker.opened_at >= reset else "open"


def admits(breaker: Breaker, now: float, reset: float) -> bool:
    """Whether a request may pass."""
    match state(breaker, now, reset):
        case "closed":
            return True
        case "open":
            return False
    return not breaker.trying


def trying(breaker: Breaker) -> Breaker:
    """A request has passed."""
    return breaker if breaker.opened_at is None else Breaker(breaker.failures, breaker.opened_at, trying=True)


def succeeded(breaker: Breaker) -> Breaker:
    """The provider answered: all is forgotten."""
    return Breaker()


def failed(breaker: Breaker, now: float, threshold: int) -> Breaker:
    """The provider failed once more."""
    failures = breaker.failures + 1
    return Breaker(failures, now if failures >= threshold else None)


def undecided(breaker: Breaker) -> Breaker:
    """The request ended in a way that says nothing of the provider."""
    return Breaker(breaker.failures, breaker.opened_at)
