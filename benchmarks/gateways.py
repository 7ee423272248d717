"""What is measured, and how each of its tools is asked. All of them have the tools of llm-cli-gateway 1.7.0."""

import os
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from home import Home
from observed import command, forget, longest
from wire import Answer, Peer

HERE = Path(__file__).parent
SCRIPT = os.path.join(os.path.dirname(sys.executable), "gateway")
STAMP = re.compile(rb"ok (\d+) (\d+)")
AGAIN = 0.005
"""Seconds between two looks at a job."""
LIVING = ("running", "queued", "pending", "started")


class Candidate(NamedTuple):
    """A server that can be measured."""

    name: str
    command: tuple[str, ...]
    ours: bool = False
    pages: bool = True
    durable: bool = True
    provider: str = "bench"
    """Whose tools are asked."""


def candidates(reference: str | None, before: str | None, provider: str) -> list[Candidate]:
    """This gateway, the one that does nothing, and the reference and an earlier version where commands are given."""
    found = [
        Candidate("gateway", (SCRIPT, "serve"), ours=True),
        Candidate("floor", (sys.executable, "-I", "-S", str(HERE / "floor.py")), durable=False),
    ]
    if before:
        found.append(Candidate("before", tuple(shlex.split(before))))
    if reference:
        found.append(Candidate("reference", tuple(shlex.split(reference)), pages=False, provider=provider))
    return found


class Session:
    """A running candidate, with a client."""

    def __init__(self, candidate: Candidate, home: Home, *, observed: bool, environ: dict[str, str]) -> None:
        self.candidate = candidate
        self.home = home
        self._gaps = os.path.join(home.folder, "gaps") if observed and candidate.ours else None
        words = command(self._gaps, "serve") if self._gaps else candidate.command
        self.peer = Peer(words, environ=home.environ() | environ, folder=home.work, log=home.log)

    @property
    def pid(self) -> int:
        return self.peer.pid

    def settle(self) -> None:
        """Say hello and ask once, so that everything is loaded; gaps count from here on."""
        self.peer.greet()
        self.peer.call("tools/list")
        self.ask("")
        if self._gaps:
            forget(self._gaps)

    def gaps(self) -> dict[str, float]:
        """How long the event loop was away at most."""
        return longest(self._gaps) if self._gaps else {}

    def request(
        self,
        directive: str,
        *,
        later: bool = False,
        fresh: bool = True,
        words: str = "",
        **more: Any,
    ) -> dict[str, Any]:
        """The parameters of a call; the prompt is another one each time, where the caller does not say it."""
        tool = f"{self.candidate.provider}_request{'_async' if later else ''}"
        prompt = f"{words or time.monotonic_ns()} [fake {directive}]"
        return {"name": tool, "arguments": {"prompt": prompt, "forceRefresh": fresh, **more}}

    def ask(self, directive: str, **more: Any) -> Answer:
        """A request that waits for its answer."""
        return checked(self.peer.call("tools/call", self.request(directive, **more)))

    def begin(self, directive: str, **more: Any) -> str:
        """A request that returns a job."""
        return job_of(self.peer.call("tools/call", self.request(directive, later=True, **more)))

    def crowd(self, directive: str, count: int, *, at_once: int = 32) -> list[str]:
        """So many jobs, begun as quickly as the server takes them."""
        asked = (self.request(directive, later=True) for _ in range(count))
        return [job_of(answer) for answer in self.peer.calls(asked, at_once=at_once)]

    def job(self, tool: str, job: str, **more: Any) -> Answer:
        return self.peer.call("tools/call", {"name": tool, "arguments": {"jobId": job, **more}})

    def ended(self, job: str) -> str:
        """Look at a job until it has ended; its status."""
        while (status := status_of(self.job("llm_job_status", job))) in LIVING:
            time.sleep(AGAIN)
        return status

    def all_ended(self, jobs: Iterable[str]) -> Counter[str]:
        """The same for many, several looks at a time."""
        found: Counter[str] = Counter()
        left = list(jobs)
        while left:
            asked = ({"name": "llm_job_status", "arguments": {"jobId": job}} for job in left)
            said = [status_of(answer) for answer in self.peer.calls(asked, at_once=16)]
            found.update(status for status in said if status not in LIVING)
            left = [job for job, status in zip(left, said, strict=True) if status in LIVING]
            time.sleep(AGAIN if left else 0)
        return found

    def output(self, job: str, **more: Any) -> Iterator[str]:
        """What a job has answered, page by page."""
        cursor: dict[str, Any] = {}
        while True:
            told = payload(self.job("llm_job_result", job, maxChars=200_000, **cursor, **more))["result"]
            yield told["stdout"]
            if not self.candidate.pages or not told.get("nextCursor"):
                return
            cursor = {"cursor": told["nextCursor"]}


@contextmanager
def session(candidate: Candidate, home: Home, *, observed: bool = True, **environ: str) -> Iterator[Session]:
    """A candidate that has been greeted and has answered once."""
    opened = Session(candidate, home, observed=observed, environ=environ)
    with opened.peer:
        opened.settle()
        yield opened


def payload(answer: Answer) -> dict[str, Any]:
    """A tool's answer as an object."""
    text = "".join(part.get("text", "") for part in answer.result.get("content", ()))
    return msgspec.json.decode(text)


def checked(answer: Answer) -> Answer:
    """An answer of the fake CLI; whatever else came back is a mistake."""
    if not STAMP.search(answer.line):
        raise RuntimeError(f"no answer of the CLI in {answer.line[:400]!r}")
    return answer


def split_ms(answer: Answer) -> tuple[float, float]:
    """Milliseconds until the CLI began, and from its end to the answer."""
    found = STAMP.search(answer.line)
    assert found is not None
    return (int(found[1]) - answer.sent) / 1e6, (answer.received - int(found[2])) / 1e6


def job_of(answer: Answer) -> str:
    try:
        return str(payload(answer)["job"]["id"])
    except (KeyError, msgspec.DecodeError) as error:
        raise RuntimeError(f"no job in {answer.line[:400]!r}") from error


def status_of(answer: Answer) -> str:
    return str(payload(answer)["job"]["status"])
