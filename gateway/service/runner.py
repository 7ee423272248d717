"""One job, from claimed to finished."""

import logging
import os
import time
from collections.abc import Callable
from typing import ParamSpec

import trio

from gateway.config import Config
from gateway.domain.jobs import Job
from gateway.domain.launch import OutDir, Resume, TempFile
from gateway.domain.outcome import Exit, ExitReason, Outcome
from gateway.domain.request import Request, replace
from gateway.errors import GatewayError, PluginError
from gateway.host.files import read_log
from gateway.host.process import Child, start
from gateway.host.spool import PRIVATE_FOLDER, Spool, write_private
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redactor
from gateway.service.live import Live
from gateway.service.pages import launch_path, told
from gateway.service.prepare import Attempt, Prepared, arguments, attempt
from gateway.service.tail import Tail
from gateway.store import jobs
from gateway.store.database import Database

P = ParamSpec("P")

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks at what a running CLI has printed."""
STDERR_TAIL = 16 * 1024
FINAL_WRITE = 30.0
"""Seconds that the last write of a job may take."""


class Runner:
    """Runs jobs for one gateway."""

    def __init__(self, database: Database, config: Config, *, owner: str, redact: Redactor) -> None:
        self._database = database
        self._owner = owner
        self._spools = os.path.join(config.state, "jobs")
        self._output_limit = config.limits.output
        self._keep_bodies = config.flight_bodies
        self._redact = redact

    async def run(self, job: Job, provider: Provider, prepared: Prepared, first: Attempt, live: Live) -> None:
        """Run the job to its end and record it, whatever happens. Only Cancelled leaves this."""
        live.warnings = (*prepared.warnings, *first.launch.warnings)
        number, resume = 1, first.resume
        try:
            outcome = await self._attempt(job, provider, prepared, first, live, number)
            amended = _amended(provider, prepared, outcome)
            if amended is not None and live.stop_reason is None:
                number = 2
                again = replace(prepared, request=amended)
                second = attempt(provider, again)
                resume = second.resume
                outcome = await self._attempt(job, provider, again, second, live, number)
        except GatewayError as error:
            outcome = _failed(error)
        except Exception as error:  # the boundary of a job: a mistake of ours ends this job and no other
            log.exception("job %s failed", job.id)
            outcome = _failed(GatewayError(f"The gateway failed: {type(error).__name__}: {error}"))
        await self._finish(job, provider, outcome, resume, number, live)

    def spool(self, job_id: str, number: int) -> Spool:
        """The directory of one attempt."""
        return Spool(os.path.join(self._spools, job_id, str(number)))

    async def _attempt(
        self, job: Job, provider: Provider, prepared: Prepared, attempt: Attempt, live: Live, number: int
    ) -> Outcome:
        """One process run."""
        spool = self.spool(job.id, number)
        started = await self._database.run(
            jobs.start, job.id, owner=self._owner, at=time.time(), attempt=number
        )
        child = await self._start(job, prepared, attempt, spool)
        _tell(provider.job_started, started)
        return await self._follow(child, provider, prepared, attempt, live)

    async def _start(self, job: Job, prepared: Prepared, attempt: Attempt, spool: Spool) -> Child:
        launch = attempt.launch
        spool.make(launch.stdin)
        for word in launch.args:
            match word:
                case TempFile(name, content):
                    write_private(os.path.join(spool.files, name), content)
                case OutDir(name):
                    os.mkdir(os.path.join(spool.files, name), PRIVATE_FOLDER)
        words = arguments(launch.args, spool.files)
        write_private(launch_path(spool), told(launch, words))
        child = await start(
            job.id,
            (prepared.executable, *words),
            spool=spool,
            cwd=prepared.directory,
            environ={**prepared.environ, **launch.env},
        )
        await self._database.run(jobs.note_process, job.id, pid=child.pid)
        return child

    async def _follow(
        self, child: Child, provider: Provider, prepared: Prepared, attempt: Attempt, live: Live
    ) -> Outcome:
        """Watch a process to its end and say what came of it."""
        spool = child.spool
        tail = Tail(provider, attempt.launch, spool)
        since = time.time()
        reason = await self._watch(child, provider, prepared, tail, live)
        await tail.finish()
        returncode = spool.returncode()
        if reason == "exited" and returncode is None:
            reason = "lost"
        stderr = self._redact(spool.tail("stderr", STDERR_TAIL).decode(errors="replace"))
        exit = Exit(returncode=returncode, reason=reason, stderr_tail=stderr)
        session_log = provider.session_log(tail.fold.outcome(exit))
        if session_log is not None:
            environ = {**prepared.environ, **attempt.launch.env}
            data = read_log(session_log, files=spool.files, environ=environ, since=since - 1)
            if data is not None:
                tail.fold.feed(provider.decode_log(data))
        spool.tidy()
        outcome = tail.fold.outcome(exit)
        outcome = replace(outcome, session_id=outcome.session_id or _named(attempt.resume))
        return _judged(provider, prepared, attempt.resume, outcome)

    async def _watch(
        self, child: Child, provider: Provider, prepared: Prepared, tail: Tail, live: Live
    ) -> ExitReason:
        """Tail the output until the process ends, or until a limit or somebody ends it."""
        clock = _Clock(prepared.wall_clock, prepared.idle, self._output_limit)
        ended = trio.Event()

        async def wait() -> None:
            await child.wait()
            ended.set()
            live.wake()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            try:
                while not ended.is_set():
                    with trio.move_on_after(TICK):
                        await live.changed.wait()
                    reason = live.stop_reason or clock.passed(child.spool)
                    if reason is not None and not ended.is_set():
                        await self._database.run(jobs.ask_to_stop, child.job_id, reason)
                        await child.end(provider.info.grace)
                        return reason
                    note = await tail.catch_up()
                    if note is not None:
                        live.tell(self._redact(note))
            finally:
                nursery.cancel_scope.cancel()
        return "exited"

    async def _finish(
        self, job: Job, provider: Provider, outcome: Outcome, resume: Resume, number: int, live: Live
    ) -> None:
        """The final write, which nothing may interrupt: job, flight and session in one transaction."""
        spool = self.spool(job.id, number)
        outcome = replace(
            outcome,
            text=self._redact(outcome.text),
            error=None if outcome.error is None else self._redact(outcome.error),
        )
        ended = jobs.Ended(
            outcome=outcome,
            resume=resume,
            finished_at=time.time(),
            attempt=number,
            stdout_bytes=spool.size("stdout"),
            stderr_bytes=spool.size("stderr"),
            prices=provider.info.prices,
            keep_bodies=self._keep_bodies,
        )
        with trio.CancelScope(shield=True, deadline=trio.current_time() + FINAL_WRITE):
            finished = await self._database.run(jobs.finish, job.id, ended)
        if finished is not None:
            live.finish(*finished, outcome)
            _tell(provider.job_finished, finished[0], outcome)


class _Clock:
    """The limits of one run."""

    def __init__(self, wall_clock: float, idle: float | None, output: int) -> None:
        now = trio.current_time()
        self._deadline = now + wall_clock
        self._idle = idle
        self._output = output
        self._size = 0
        self._heard = now

    def passed(self, spool: Spool) -> ExitReason | None:
        """The limit that the run has passed, if any."""
        now = trio.current_time()
        size = spool.size("stdout") + spool.size("stderr")
        if size != self._size:
            self._size, self._heard = size, now
        if size > self._output:
            return "overflow"
        if now >= self._deadline:
            return "timeout"
        if self._idle is not None and now - self._heard >= self._idle:
            return "idle"
        return None


def _named(resume: Resume) -> str | None:
    """The session a run belongs to even if it never said so: the one it was told to use."""
    return resume.session_id if resume.mode in ("new", "id") else None


def _judged(provider: Provider, prepared: Prepared, resume: Resume, outcome: Outcome) -> Outcome:
    """The plugin's judgement, over which only our own reason for stopping the run stands."""
    exit = outcome.exit
    judged = provider.judge(prepared.request, resume, outcome, exit)
    if exit.reason == "exited":
        return judged
    return replace(judged, ending=exit.reason, error=STOPPED[exit.reason])


STOPPED: dict[ExitReason, str] = {
    "timeout": "The run reached its wall-clock limit and was stopped.",
    "idle": "The CLI printed nothing for too long and was stopped.",
    "overflow": "The output passed the size limit and the run was stopped.",
    "cancelled": "The run was cancelled.",
    "lost": "The process ended without leaving an exit status.",
}


def _tell(listener: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Let plugins know. One that fails is logged: the job is not its business."""
    try:
        listener(*args, **kwargs)
    except PluginError as error:
        log.warning("%s", error)


def _amended(provider: Provider, prepared: Prepared, outcome: Outcome) -> Request | None:
    """The plugin's second try, only where the first has done nothing that could be done twice."""
    if outcome.ending == "ok" or outcome.exit.reason != "exited" or outcome.text or outcome.tools_used:
        return None
    return provider.retry(prepared.request, outcome, provider.info.catalog)


def _failed(error: GatewayError) -> Outcome:
    hint = f" {error.hint}" if error.hint else ""
    return Outcome(ending=error.code, error=f"{error}{hint}", exit=Exit(returncode=None))  # type: ignore[arg-type]
