"""The way in: a request is checked, looked up and written down. Nothing has been started when this fails."""

import hashlib
import os
import time
import uuid
from collections.abc import Mapping

from gateway.config import Config
from gateway.domain.approvals import Risk
from gateway.domain.caller import Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job, Mode
from gateway.domain.launch import Autonomy, Installed, McpServer, Resume, lower
from gateway.domain.provider import ProviderInfo, Tool
from gateway.domain.request import Request, chosen, replace
from gateway.errors import InvalidRequest
from gateway.host.repository import state_of
from gateway.plugin.provider import Provider
from gateway.rules.fingerprint import fingerprint
from gateway.rules.marking import marked
from gateway.rules.models import with_model
from gateway.rules.optimize import Optimized, optimized
from gateway.rules.prompt import Prompt
from gateway.rules.redact import Redactor
from gateway.service import prepare
from gateway.service.approvals import Approvals
from gateway.service.caches import Caches
from gateway.service.catalogs import Catalogs
from gateway.service.conversations import Conversations
from gateway.service.installed import Binaries
from gateway.service.prepare import Prepared
from gateway.service.record import Asked
from gateway.service.surroundings import Surroundings
from gateway.service.workspaces import Workspaces
from gateway.store.database import Database


class Intake:
    """Turns requests into what can be run and what is recorded of it."""

    def __init__(
        self,
        config: Config,
        database: Database,
        surroundings: Surroundings,
        catalogs: Catalogs,
        *,
        caches: Caches,
        redact: Redactor,
    ) -> None:
        self._caches = caches
        self._catalogs = catalogs
        self._config = config
        self._surroundings = surroundings
        self._redact = redact
        self._approvals = Approvals(config, database, redact)
        self.binaries = Binaries(config.state)
        self._workspaces = Workspaces(config)
        self._conversations = Conversations(config, database, self._workspaces)

    async def prepare(
        self,
        provider: Provider,
        tool: Tool,
        request: Request,
        caller: Caller,
        autonomy: Autonomy | None,
        warnings: tuple[str, ...],
        emptied: frozenset[str] = frozenset(),
        before: Asked | None = None,
    ) -> Prepared:
        """All that is needed to run a request, or an error. One taken in ``before`` keeps what was decided then."""
        written = prepare.check_request(request, provider.info, caller)
        decision = await self._approvals.decide(
            provider, tool.name, request, prompt=written.text, emptied=emptied, caller=caller, before=before
        )
        prompt, saved = _saving(written, request)
        found = await self._conversations.of(provider.info, request, caller, settled=before is not None)
        request = self._resolved(found.request, found.directory, caller)
        request = with_model(request, self._catalogs.get(provider).catalog)
        request, unmarked = self._marked(request, prompt, provider.info)
        wall_clock, idle, told = prepare.limits(request, provider.info, self._config)
        servers, missing = self._servers(request)
        advice = await self._caches.advice(provider.info, found.known_id, prompt, caller)
        executable, environ, installed = await self._cli(provider, caller)
        return Prepared(
            tool=tool.name,
            request=request,
            prompt=prompt,
            directory=found.directory,
            executable=executable,
            environ=environ,
            installed=installed,
            session=found.session,
            autonomy=autonomy,
            own=not caller.names_paths,
            fresh=found.fresh,
            servers=tuple(servers),
            missing_servers=tuple(missing),
            wall_clock=wall_clock,
            idle=idle,
            warnings=(*warnings, *told, *unmarked, *advice.departed),
            expiring=advice.expiring,
            integrity=decision.integrity,
            approval=decision.approval,
            questions=decision.questions,
            saved=saved,
            trace=caller.trace,
        )

    async def _cli(self, provider: Provider, caller: Caller) -> tuple[str, Mapping[str, str], Installed]:
        """The provider's CLI, what it may see of the environment, and its version."""
        executable = self._surroundings.executable(provider)
        environ = self._surroundings.environ(provider, caller.trace)
        return executable, environ, await self.binaries.installed(provider.info, executable, environ)

    def _resolved(self, request: Request, directory: str, caller: Caller) -> Request:
        def confined(path: str, wire: str) -> str:
            return self._workspaces.confined(path, wire, caller)

        return prepare.resolve_paths(request, directory, confined)

    def _marked(
        self, request: Request, prompt: Prompt, info: ProviderInfo
    ) -> tuple[Request, tuple[str, ...]]:
        """The request with its cache mark as it was asked for, or as the configuration has it."""
        aware = self._config.cache_awareness
        return marked(
            request,
            prompt,
            info,
            always=aware.emit_anthropic_cache_control,
            ttl=aware.anthropic_ttl_seconds,
            least=aware.min_stable_tokens_for_cache_control,
        )

    def _servers(self, request: Request) -> tuple[list[McpServer], list[str]]:
        """The MCP servers for the run. One that is not configured is told, or refused where the caller is strict."""
        servers, missing = self._config.servers(request.mcp_servers)
        if missing and getattr(request, "strict_mcp_config", False):
            raise InvalidRequest(
                f"strictMcpConfig=true but requested servers are unavailable: {', '.join(missing)}",
                hint="Configure them under [mcp_servers], or leave them out.",
            )
        return servers, missing

    async def directory_state(self, prepared: Prepared, risk: Risk, resume: Resume) -> str | None:
        """The state of the world an answer speaks of; None: an answer of this request is never reused.

        Only a run that cannot change anything, in a directory whose changes can be seen, gives the same answer
        twice; and "continue" said twice means twice.
        """
        if prepared.request.force_refresh or prepared.questions:
            return None
        posture = risk.autonomy if prepared.autonomy is None else lower(prepared.autonomy, risk.autonomy)
        if (
            prepared.fresh
            or posture != "read_only"
            or resume.mode != "new"
            or not self._config.persistence.dedup_window_ms
        ):
            return None
        if any(os.path.isdir(path) for _, path in prepare.named(prepared.request)):
            return None  # whatever is in there may have changed
        return await state_of(prepared.directory)

    def fingerprint(self, prepared: Prepared, caller: Caller) -> str | None:
        """What makes the request the same as another; None: it wants to be by itself."""
        request = prepared.request
        if request.force_refresh or prepared.questions:  # a yes is for one request
            return None
        return fingerprint(
            request,
            tool=prepared.tool,
            prompt=prepared.prompt.text,
            directory="" if prepared.fresh else prepared.directory,
            principal=caller.principal,
            autonomy=prepared.autonomy,
            servers=prepared.servers,
            environ=self._surroundings.relevant(prepared.environ) | {"executable": prepared.executable},
            files=prepare.stamps(request),
        )

    def records(
        self, provider: Provider, prepared: Prepared, mode: Mode, *, caller: Caller, origin: str
    ) -> tuple[Job, Flight]:
        """The rows a request begins with."""
        now = time.time()
        request, prompt = prepared.request, prepared.prompt
        job = Job(
            id=str(uuid.uuid4()),
            provider=provider.name,
            tool=prepared.tool,
            principal=caller.principal,
            correlation_id=chosen(request.correlation_id, str(uuid.uuid4())),
            mode=mode,
            status="queued",
            directory=prepared.directory,
            created_at=now,
        )
        flight = Flight(
            id=str(uuid.uuid4()),
            correlation_id=job.correlation_id,
            job_id=job.id,
            provider=job.provider,
            tool=job.tool,
            principal=job.principal,
            mode=mode,
            origin=origin,
            started_at=now,
            prompt_hash=hashlib.sha256(prompt.text.encode()).hexdigest(),
            prompt=self._redact(prompt.text) if self._config.flight_bodies else None,
            stable_prefix_hash=prompt.stable_hash,
            stable_prefix_tokens=prompt.stable_tokens,
            model_asked=chosen(request.model, "") or None,
            cli_version=prepared.installed.version or None,
        )
        return job, flight


def _saving(written: Prompt, request: Request) -> tuple[Prompt, Optimized | None]:
    """The prompt without what says nothing, where that was asked for, and what it came to."""
    saved = optimized(written.text) if request.optimize_prompt else None
    return (replace(written, text=saved.text) if saved else written), saved
