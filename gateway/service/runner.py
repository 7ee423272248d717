"""One job, from claimed to finished."""

import logging
import time
from collections.abc import Iterable, Mapping

import trio
from msgspec import Struct

from gateway.config import Config
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Resume
from gateway.domain.outcome import ExitReason, Outcome
from gateway.domain.provider import Price
from gateway.domain.request import replace
from gateway.errors import GatewayError, PluginError
from gateway.host.faults import reach
from gateway.host.process import Child, adopt
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redactor
from gateway.rules.retry import delay, repeatable, transient
from gateway.service.admission import Admission
from gateway.service.approvals import may_follow
from gateway.service.consent import Consent
from gateway.service.crashes import Crashes
from gateway.service.endings import NO_PLACE, failed, judged, named, outcome_of, stopped
from gateway.service.live import Live
from gateway.service.prepare import Attempt, Prepared, attempt
from gateway.service.session_logs import log_of
from gateway.service.spools import Spools
from gateway.service.starts import Starts, deadline
from gateway.service.supervise import Bounds, supervise
from gateway.service.tail import Tail
from gateway.store import jobs
from gateway.store.database import Database, unharmed

log = logging.getLogger(__name__)

LEFTOVERS = 5.0
"""Seconds that a process has to end which nobody can follow."""
FINAL_WRITE = 30.0
"""Seconds that the last write of a job may take."""
AGAIN = 1.0
"""Seconds between the first two tries of it. A gateway that ends before one succeeds leaves the job to the next."""


class Task(Struct, frozen=True, kw_only=True):
    """A job that is being run: everything an attempt needs to know."""

    job: Job
    provider: Provider
    prepared: Prepared
    live: Live


class Runner:
    """Runs jobs for one gateway."""

    def __init__(
        self, database: Database, config: Config, *, owner: str, redact: Redactor, spools: Spools
    ) -> None:
        self._database = database
        self._config = config
        self._owner = owner
        self._redact = redact
        self._spools = spools
        self._starts = Starts(database, spools, owner=owner)
        self.admission = Admission(config.limits, config.retry)
        self.crashes = Crashes(database, self.admission, redact)
        self.consent = Consent(config, database, spools, self.admission)

    async def run(self, task: Task, first: Attempt) -> None:
        """Start the job, run it to its end and record it, whatever happens. Only Cancelled leaves this."""
        await self._to_the_end(task, first, task.job.attempt, None)

    async def adopt(self, task: Task, current: Attempt, number: int) -> None:
        """Carry on with an attempt that another gateway started."""
        child = await adopt(task.job.id, self._spools.of(task.job.id, number))
        await self._to_the_end(task, current, number, child)

    async def give_up(self, job: Job, provider: Provider | None, outcome: Outcome) -> None:
        """Close a job of which nothing can be carried on, and end what still runs of it."""
        child = await adopt(job.id, self._spools.of(job.id, job.attempt))
        await child.end(LEFTOVERS)
        prices = provider.info.prices if provider else ()
        finished = await self._close(job, outcome, Resume(), job.attempt, prices)
        if finished is not None and provider is not None:
            await self._tell_end(provider, finished, outcome, {})

    async def _to_the_end(self, task: Task, first: Attempt, number: int, child: Child | None) -> None:
        current = first
        troubles: list[str] = []
        try:
            prepared = await self.consent.given(task.job, task.prepared, task.live)
            task = replace(task, prepared=prepared)
            async with self.crashes.kept(task.provider.name):
                while True:
                    outcome = await self._attempt(task, current, number, child)
                    again = await self._again(task, outcome, number)
                    if again is None:
                        break
                    if task.live.stop_reason is not None:
                        outcome = stopped(task.live.stop_reason)
                        break
                    troubles.append(f"Attempt {number} failed: {outcome.error or outcome.ending}")
                    task, child, number = again, None, number + 1
                    current = attempt(task.provider, task.prepared)
        except GatewayError as error:
            outcome = failed(error)
        except Exception as error:  # the boundary of a job: a mistake of ours ends this job and no other
            log.exception("job %s failed", task.job.id)
            outcome = failed(GatewayError(f"The gateway failed: {type(error).__name__}: {error}"))
        outcome = replace(outcome, warnings=(*outcome.warnings, *troubles))
        await self._finish(task, outcome, current.resume, number)

    async def _attempt(self, task: Task, attempt: Attempt, number: int, child: Child | None) -> Outcome:
        """One process run, in a place of its own."""
        name, outcome = task.provider.name, None
        try:
            if child is not None:
                async with self.admission.taken(name):
                    outcome = await self._follow(task, attempt, child)
            else:
                async with self.admission.slot(task.job.id, name, task.live) as found:
                    outcome = await self._begin(task, attempt, number) if found else _unplaced(task.live)
        finally:
            self.admission.note(name, outcome)
        return outcome

    async def _begin(self, task: Task, attempt: Attempt, number: int) -> Outcome:
        grace = task.provider.info.grace
        begun = await self._starts.begin(task.job, task.prepared, attempt, number, grace=grace)
        if begun is None:
            return stopped(task.live.stop_reason or "cancelled")
        job, child = begun
        await self._report(task.provider.job_started(job, task.prepared.trace, self._config.plugins))
        return await self._follow(replace(task, job=job), attempt, child)

    async def _follow(self, task: Task, attempt: Attempt, child: Child) -> Outcome:
        """Watch a process to its end and say what came of it. If that fails it is ended: nobody else watches it."""
        try:
            return await self._watched(task, attempt, child)
        except Exception:
            await child.end(LEFTOVERS)
            raise
        except BaseException:  # cancelled: it goes on without us
            child.let_go()
            raise

    async def _watched(self, task: Task, attempt: Attempt, child: Child) -> Outcome:
        provider, prepared = task.provider, task.prepared
        since = task.job.started_at or time.time()
        tail = Tail(provider, attempt.launch, child.spool, redact=self._redact)
        bounds = Bounds(
            deadline=deadline(task.job, prepared),
            idle=prepared.idle,
            output=self._config.limits.output,
            grace=provider.info.grace,
        )

        async def announce(reason: ExitReason) -> None:
            with unharmed(f"the end of job {task.job.id} is not announced"):
                await self._database.run(jobs.ask_to_stop, task.job.id, reason)
            reach("told_to_stop")

        exit = await supervise(
            child,
            tail,
            bounds,
            live=task.live,
            announce=announce,
            redact=self._redact,
            running=self.admission.running,
        )
        session_log = provider.session_log(tail.fold.outcome(exit))
        if session_log is not None:
            environ = {**prepared.environ, **attempt.launch.env}
            data = log_of(session_log, child.spool, environ, since - 1)
            if data is not None:
                tail.fold.feed(provider.decode_log(data))
        child.spool.tidy()
        outcome = tail.fold.outcome(exit)
        outcome = replace(
            outcome,
            text=tail.fold.head.without(self._redact),
            session_id=outcome.session_id or named(attempt.resume, outcome),
        )
        return judged(provider, prepared.request, attempt.resume, outcome)

    async def _again(self, task: Task, outcome: Outcome, number: int) -> Task | None:
        """The task to try once more, after a pause; None: this was the end."""
        retry = self._config.retry
        if task.live.stop_reason is not None or number >= retry.attempts or not repeatable(outcome):
            return None
        amended = None
        if number == 1:
            provider = task.provider
            amended = provider.retry(task.prepared.request, outcome, provider.info.catalog)
        asked, settings = task.prepared.request, self._config.plugins
        if amended is not None and may_follow(task.provider, amended, asked, settings):
            return replace(task, prepared=replace(task.prepared, request=amended))
        if not transient(outcome):
            return None
        with trio.move_on_after(delay(number, retry.backoff)):
            while task.live.stop_reason is None:
                await task.live.changed.wait()
        return task

    async def _finish(self, task: Task, outcome: Outcome, resume: Resume, number: int) -> None:
        outcome = replace(
            outcome,
            text=self._redact(outcome.text),
            error=None if outcome.error is None else self._redact(outcome.error),
            warnings=tuple(self._redact(warning) for warning in outcome.warnings),
        )
        reach("ending")
        finished = await self._close(task.job, outcome, resume, number, task.provider.info.prices)
        reach("ended")
        if finished is not None:
            job, flights = finished
            task.live.finish(
                job, flights, replace(outcome_of(job, flights[0]), text=outcome.text, exit=outcome.exit)
            )
            await self._tell_end(task.provider, finished, outcome, task.prepared.trace)

    async def _tell_end(
        self, provider: Provider, ended: tuple[Job, list[Flight]], outcome: Outcome, trace: Mapping[str, str]
    ) -> None:
        job, flights = ended
        await self._report(provider.job_finished(job, outcome, flights[0], trace, self._config.plugins))

    async def _report(self, failures: Iterable[PluginError]) -> None:
        """Say which listeners failed: the job is not their business."""
        for error in failures:
            log.error("%s It hears of no further job until the gateway is started again.", error)
            await self.crashes.keep(error)

    async def _close(
        self, job: Job, outcome: Outcome, resume: Resume, number: int, prices: tuple[Price, ...]
    ) -> tuple[Job, list[Flight]] | None:
        """The final write, which nothing may interrupt: job, flight and session in one transaction."""
        spool = self._spools.of(job.id, number)
        ended = jobs.Ended(
            outcome=outcome,
            resume=resume,
            finished_at=time.time(),
            stdout_bytes=spool.size("stdout"),
            stderr_bytes=spool.size("stderr"),
            prices=prices,
            keep_bodies=self._config.flight_bodies,
        )
        failures = 0
        while True:
            with unharmed(f"the end of job {job.id} is not recorded yet"), _unstoppable():
                finished = await self._database.run(jobs.finish, job.id, ended, owner=self._owner)
                if finished is not None:  # else the files may be in use: by the run of another gateway
                    spool.tidy()
                return finished
            failures += 1
            await trio.sleep(delay(failures, AGAIN))


def _unstoppable() -> trio.CancelScope:
    return trio.CancelScope(shield=True, deadline=trio.current_time() + FINAL_WRITE)


def _unplaced(live: Live) -> Outcome:
    return stopped(live.stop_reason) if live.stop_reason else stopped("timeout", NO_PLACE)
