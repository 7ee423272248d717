"""What a scenario is, and what it is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import system
from gateways import Candidate, Session, session
from home import Home

Figures = dict[str, float]


class Bench:
    """One measurement of one candidate."""

    def __init__(self, candidate: Candidate, clis: Path, *, quick: bool) -> None:
        self.candidate = candidate
        self._clis = clis
        self._quick = quick

    def times(self, number: int) -> int:
        """How often to do something: a fifth of it where time is short."""
        return max(3, number // 5) if self._quick else number

    def home(self) -> Home:
        """A fresh home."""
        return Home(self._clis)

    @contextmanager
    def open(self, home: Home | None = None, *, observed: bool = True) -> Iterator[Session]:
        """A candidate that is ready, with the instrument or without what that takes."""
        with session(self.candidate, home or self.home(), observed=observed) as opened:
            try:
                yield opened
            finally:
                for pid in system.running(opened.home.clis):
                    system.kill(pid)


Measure = Callable[[Bench], Figures]


class Scenario(NamedTuple):
    """Something to measure. ``durable`` asks for jobs that one can come back for, ``own`` for what only we have."""

    name: str
    what: str
    measure: Measure
    durable: bool
    own: bool

    def suits(self, candidate: Candidate) -> bool:
        """Whether a candidate has what this measures."""
        return self.durable <= candidate.durable and self.own <= candidate.ours


SCENARIOS: dict[str, Scenario] = {}


def scenario(*, durable: bool = False, own: bool = False) -> Callable[[Measure], Measure]:
    """Put a function among the scenarios; its docstring says what it measures."""

    def noted(measure: Measure) -> Measure:
        name = measure.__name__
        SCENARIOS[name] = Scenario(name, (measure.__doc__ or "").strip(), measure, durable, own)
        return measure

    return noted
