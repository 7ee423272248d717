"""What jobs have printed, for whoever asks. No secret leaves this file."""

import io
from collections.abc import Iterable

from gateway.config import Config
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import Outcome
from gateway.domain.request import Request, replace
from gateway.plugin.provider import Provider
from gateway.rules.fold import HEAD
from gateway.rules.redact import REACH, Redactor
from gateway.service.answers import answer_path
from gateway.service.pages import PAGE, Page, head_of, line_end, page_of, page_of_file
from gateway.service.spools import Spools
from gateway.service.wording import Rest, Said, worded

STDERR_PAGE = 20_000
"""Bytes of stderr that a result holds."""


class Outputs:
    """Reads the spools of jobs."""

    def __init__(self, spools: Spools, redact: Redactor) -> None:
        self._spools = spools
        self._redact = redact

    def measured(self, job: Job) -> Job:
        """The job with the output it has so far, or had in the end."""
        if job.status == "ended":
            return job
        spool = self._spools.of(job.id, job.attempt)
        return replace(job, stdout_bytes=spool.size("stdout"), stderr_bytes=spool.size("stderr"))

    def pid(self, job: Job) -> int | None:
        """The process of the job, where one was started."""
        return self._spools.of(job.id, job.attempt).pid()

    def printed_at(self, job: Job) -> float | None:
        """Unix time at which the CLI last printed something."""
        return self._spools.of(job.id, job.attempt).printed_at()

    async def whole(self, provider: Provider, job: Job, outcome: Outcome) -> Outcome:
        """The outcome with its text, where that was not kept with the job's rows."""
        if outcome.text or not job.answer_bytes:
            return outcome
        spool = self._spools.of(job.id, job.attempt)
        path = await answer_path(provider, spool, self._redact)
        return replace(outcome, text=head_of(path, HEAD))

    def text(self, provider: Provider, request: Request, job: Job, outcome: Outcome) -> Said:
        """A reply's text, in the output format that the request asks for."""
        return worded(provider, request, outcome, lambda: self._lines(job))

    def _lines(self, job: Job) -> Said:
        """The first lines of what the CLI printed."""
        spool = self._spools.of(job.id, job.attempt)
        data = self._redact.mask(spool.read("stdout", 0, PAGE + REACH))
        if len(data) <= PAGE:
            return Said(data.decode(errors="replace"))
        end = line_end(data, PAGE)
        return Said(data[:end].decode(errors="replace"), Rest(str(end), raw=True))

    def raw(self, job: Job, cursor: str | None, most: int) -> Page:
        """A page of what the CLI printed, byte for byte but for the secrets, which are masked."""
        path = self._spools.of(job.id, job.attempt).at("stdout")
        return page_of_file(path, cursor, most, self._redact.mask)

    async def answer(
        self, job: Job, flight: Flight, provider: Provider, cursor: str | None, most: int
    ) -> Page:
        """A page of the folded answer."""
        if flight.answer is not None and job.answer_bytes <= HEAD:
            whole = self._redact(flight.answer).encode(errors="replace")
            return page_of(io.BytesIO(whole), len(whole), cursor, most)
        spool = self._spools.of(job.id, job.attempt)
        return page_of_file(await answer_path(provider, spool, self._redact), cursor, most)

    def stderr(self, job: Job) -> str:
        """The end of what the CLI said on stderr."""
        told = self._redact.mask(self._spools.of(job.id, job.attempt).tail("stderr", STDERR_PAGE + REACH))
        return told[-STDERR_PAGE:].decode(errors="replace")


def outputs_of(config: Config, secrets: Iterable[str]) -> Outputs:
    """The output of every job, without a gateway. ``secrets`` are the shapes that plugins declare."""
    return Outputs(Spools(config.state), Redactor(secrets))
