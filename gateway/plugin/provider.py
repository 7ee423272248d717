"""A provider as the rest of the house sees it: typed calls on its own view of the hooks.

The step from pluggy's ``Any`` to types happens here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.domain.approvals import Risk, Verdict
from gateway.domain.events import Event, Noise
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, Resume
from gateway.domain.outcome import Exit, Outcome
from gateway.domain.probes import Command, Finding, HomeFile, JobFile, Login, Readings
from gateway.domain.provider import Catalog, ProviderInfo
from gateway.domain.request import Request
from gateway.domain.sessions import Session
from gateway.errors import PluginError
from gateway.plugin.blame import Blame

GARBAGE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no JSON, no UTF-8, or nested too deep."""

Tables = Mapping[str, Mapping[str, Any]]
NONE: Mapping[str, Any] = MappingProxyType({})


class Provider:
    """One provider. ``info`` are its facts, the methods ask its plugin (and whoever wraps it)."""

    def __init__(self, info: ProviderInfo, hooks: Any, authors: Mapping[str, str] | None = None) -> None:
        self.info = info
        self._hooks = hooks
        self._authors = authors

    def __repr__(self) -> str:
        return f"<Provider {self.info.name}>"

    @property
    def name(self) -> str:
        return self.info.name

    def _blame(self, hook: str) -> Blame:
        return Blame(self.name, hook, self._authors)

    def _ask(self, hook: str, kind: Any, **arguments: Any) -> Any:
        """Call a hook and check that it kept its promise."""
        with self._blame(hook):
            answer = getattr(self._hooks, hook)(**arguments)
            if not isinstance(answer, kind):
                raise PluginError(self.name, hook, f"it returned {type(answer).__name__}")
            return answer

    def resume(self, request: Request, session: Session | None, fresh_id: str) -> Resume:
        resume: Resume = self._ask(
            "gateway_resume", Resume, provider=self.info, request=request, session=session, fresh_id=fresh_id
        )
        return resume

    def launch(
        self,
        request: Request,
        resume: Resume,
        prompt: str,
        autonomy: Autonomy | None,
        servers: Sequence[McpServer],
        installed: Installed,
    ) -> Launch:
        launch: Launch = self._ask(
            "gateway_launch",
            Launch,
            request=request,
            resume=resume,
            prompt=prompt,
            autonomy=autonomy,
            servers=servers,
            installed=installed,
            provider=self.info,
        )
        return launch

    def environ(self, environ: Mapping[str, str], trace: Mapping[str, str] = NONE) -> Mapping[str, str]:
        added: Mapping[str, str] = self._ask(
            "gateway_environ", Mapping, provider=self.info, environ=environ, trace=trace
        )
        return added

    def risk(self, request: Request) -> Risk:
        risk: Risk = self._ask("gateway_risk", Risk, request=request)
        return risk

    def admit(self, request: Request, risk: Risk, settings: Tables = NONE) -> list[Verdict]:
        verdicts: list[Verdict] = self._ask(
            "gateway_admit", list, provider=self.info, request=request, risk=risk, settings=settings
        )
        return verdicts

    def decode(self, frames: Sequence[bytes], launch: Launch) -> list[Event]:
        """Events of a batch of frames. One that does not decode is noise, its neighbours are not."""
        try:
            return self._events(frames, launch)
        except PluginError as error:
            if not isinstance(error.__cause__, GARBAGE):
                raise
        if len(frames) == 1:
            return [Noise()]
        return [event for frame in frames for event in self.decode((frame,), launch)]

    def _events(self, frames: Sequence[bytes], launch: Launch) -> list[Event]:
        with self._blame("gateway_decode"):
            events: Iterable[Event] | None = self._hooks.gateway_decode(frames=frames, launch=launch)
            return list(events or ())

    def judge(self, request: Request, resume: Resume, outcome: Outcome, exit: Exit) -> Outcome:
        judged: Outcome = self._ask(
            "gateway_judge", Outcome, request=request, resume=resume, outcome=outcome, exit=exit
        )
        return judged

    def session_log(self, outcome: Outcome) -> HomeFile | JobFile | None:
        log: HomeFile | JobFile | None = self._ask(
            "gateway_session_log", HomeFile | JobFile | None, outcome=outcome
        )
        return log

    def decode_log(self, data: bytes) -> list[Event]:
        """Events of the session log. A log that does not decode is noise: it only adds to what is known."""
        try:
            with self._blame("gateway_decode_log"):
                return list(self._hooks.gateway_decode_log(data=data) or ())
        except PluginError as error:
            if not isinstance(error.__cause__, GARBAGE):
                raise
            return [Noise()]

    def retry(self, request: Request, outcome: Outcome, catalog: Catalog) -> Request | None:
        amended: Request | None = self._ask(
            "gateway_retry", Request | None, request=request, outcome=outcome, catalog=catalog
        )
        return amended

    def document(self, outcome: Outcome) -> Mapping[str, Any]:
        document: Mapping[str, Any] = self._ask(
            "gateway_document", Mapping, outcome=outcome, provider=self.info
        )
        return document

    def login(self, readings: Readings) -> Login:
        login: Login = self._ask("gateway_login", Login, provider=self.info, readings=readings)
        return login

    def catalog(self, readings: Readings) -> Catalog:
        catalog: Catalog = self._ask("gateway_catalog", Catalog, provider=self.info, readings=readings)
        return catalog

    def upgrade(self, target: str, readings: Readings) -> Command | None:
        command: Command | None = self._ask(
            "gateway_upgrade", Command | None, provider=self.info, target=target, readings=readings
        )
        return command

    def checks(self, readings: Readings) -> list[Finding]:
        """What every plugin finds. That one fails is a finding, too."""
        findings: list[Finding] = []
        for name, caller in self._hooks.each("gateway_checks"):
            try:
                with Blame(name, "gateway_checks", self._authors):
                    answers = caller(provider=self.info, readings=readings)
                    findings += [finding for answer in answers for finding in answer]
            except PluginError as error:
                findings.append(Finding(f"plugin {error.plugin}", str(error), error.hint, "error"))
        return findings

    def job_started(
        self, job: Job, trace: Mapping[str, str] = NONE, settings: Tables = NONE
    ) -> list[PluginError]:
        """Tell who listens that a job has begun; which of them failed."""
        return self._tell("gateway_job_started", job=job, trace=trace, settings=settings)

    def job_finished(
        self,
        job: Job,
        outcome: Outcome,
        flight: Flight,
        trace: Mapping[str, str] = NONE,
        settings: Tables = NONE,
    ) -> list[PluginError]:
        """Tell who listens that a job has ended; which of them failed."""
        told = {"flight": flight, "trace": trace, "settings": settings}
        return self._tell("gateway_job_finished", job=job, outcome=outcome, **told)

    def _tell(self, hook: str, **told: Any) -> list[PluginError]:
        """Let each listener hear by itself. One that fails hears no more, and takes nothing from the others."""
        failures = []
        for name, caller in self._hooks.listeners(hook):
            try:
                with Blame(name, hook, self._authors):
                    caller(**told)
            except PluginError as error:
                self._hooks.silence(error.plugin)
                failures.append(error)
        return failures
