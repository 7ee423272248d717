"""What jobs have printed, for whoever asks."""

from collections.abc import Callable

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import Outcome
from gateway.domain.request import Request, replace
from gateway.host.spool import Spool
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redactor
from gateway.service.pages import PAGE, Page, answer_path, page_of, stream_path
from gateway.service.reply import worded

STDERR_PAGE = 20_000
"""Bytes of stderr that a result holds."""


class Outputs:
    """Reads the spools of jobs. ``spool`` finds the directory of an attempt."""

    def __init__(self, spool: Callable[[str, int], Spool], redact: Redactor) -> None:
        self._spool = spool
        self._redact = redact

    def measured(self, job: Job) -> Job:
        """The job with the output it has so far."""
        spool = self._spool(job.id, job.attempt)
        return replace(job, stdout_bytes=spool.size("stdout"), stderr_bytes=spool.size("stderr"))

    def printed_at(self, job: Job) -> float | None:
        """Unix time at which the CLI last printed something."""
        return self._spool(job.id, job.attempt).printed_at()

    def text(self, provider: Provider, request: Request, job: Job, outcome: Outcome) -> str:
        """A reply's text, in the output format that the request asks for."""
        spool = self._spool(job.id, job.attempt)
        lines = spool.read("stdout", 0, PAGE).decode(errors="replace")
        return worded(provider, request, outcome, self._redact(lines))

    def raw(self, job: Job, cursor: str | None, most: int) -> Page:
        """A page of what the CLI printed, byte for byte."""
        return page_of(stream_path(self._spool(job.id, job.attempt), "stdout"), cursor, most)

    async def answer(
        self, job: Job, flight: Flight, provider: Provider, cursor: str | None, most: int
    ) -> Page:
        """A page of the folded answer."""
        spool = self._spool(job.id, job.attempt)
        return page_of(await answer_path(job, provider, spool, flight.answer or ""), cursor, most)

    def stderr(self, job: Job) -> str:
        """The end of what the CLI said on stderr."""
        spool = self._spool(job.id, job.attempt)
        return self._redact(spool.tail("stderr", STDERR_PAGE).decode(errors="replace"))
