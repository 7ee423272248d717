"""Puts the questions of a job to the person behind its client, who comes back for it, before the job begins."""

from collections.abc import Mapping

import trio
from msgspec import Struct

from gateway.config import Config
from gateway.domain.jobs import Job
from gateway.domain.questions import Question, Reply
from gateway.domain.request import replace
from gateway.errors import Busy, StoreError
from gateway.service.admission import Admission
from gateway.service.approvals import settle
from gateway.service.live import Live
from gateway.service.prepare import Prepared
from gateway.service.record import amend_asked, read_asked
from gateway.service.spools import Spools
from gateway.store.database import Database

ASKING = "Waits for an answer from the person at its client."
MOST = 64
"""Jobs of one principal that may wait for an answer."""


def asks(job: Job, spools: Spools) -> bool:
    """Whether a job waits for a person, as any gateway can see it. What was answered is kept without its questions."""
    asked = read_asked(spools.home(job.id)) if job.status == "queued" else None
    return asked is not None and bool(asked.questions)


class Asking(Struct, eq=False):
    """A job that waits for answers: the questions still open, and what was said to the others."""

    job: Job
    live: Live
    open: dict[str, Question]
    replies: dict[str, Reply]


class Consent:
    """The open questions of jobs. Their gateway alone knows them; what was kept of a job has another one ask anew."""

    def __init__(self, config: Config, database: Database, spools: Spools, admission: Admission) -> None:
        self._patience = config.limits.answer_wait
        self._database = database
        self._spools = spools
        self._admission = admission
        self._asking: dict[str, Asking] = {}

    def questions(self, job_id: str) -> tuple[Question, ...]:
        """What a job waits for; nothing where it does not wait, or not in this gateway."""
        asking = self._asking.get(job_id)
        return tuple(asking.open.values()) if asking else ()

    def answer(self, job_id: str, replies: Mapping[str, Reply]) -> None:
        """Take answers by the names of their questions. What is not asked, or was answered, changes nothing."""
        asking = self._asking.get(job_id)
        if asking is None:
            return
        for name in asking.open.keys() & replies.keys():
            del asking.open[name]
            asking.replies[name] = replies[name]
        asking.live.wake()

    async def given(self, job: Job, prepared: Prepared, live: Live) -> Prepared:
        """The request with nothing left to ask, or as it is where it was stopped. Refused where an answer is no yes."""
        if not prepared.questions:
            return prepared
        replies = await self._answers(job, prepared.questions, live)
        if live.stop_reason is not None:
            return prepared
        approval = await settle(self._database, prepared.approval, prepared.questions, replies)
        allowed = replace(prepared, approval=approval, questions=())
        try:
            amend_asked(self._spools.home(job.id), allowed)
        except OSError as error:
            raise StoreError(f"The answer cannot be kept: {error}", hint="Look at the disk.") from error
        return allowed

    async def _answers(self, job: Job, asked: tuple[Question, ...], live: Live) -> dict[str, Reply]:
        """What is said in time. Meanwhile the job has no place to run in, and takes none from others."""
        self._admission.forget(job.id)
        if sum(each.job.principal == job.principal for each in self._asking.values()) >= MOST:
            raise Busy(
                f"{MOST} requests wait for your answer already.", hint="Answer or cancel some of them."
            )
        asking = Asking(job, live, {each.name: each for each in asked}, {})
        self._asking[job.id] = asking
        live.tell(ASKING)
        try:
            with trio.move_on_after(self._patience):
                while asking.open and live.stop_reason is None:
                    await live.changed.wait()
        finally:
            del self._asking[job.id]
            live.note = None
        return asking.replies
