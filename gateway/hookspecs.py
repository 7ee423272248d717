"""Every hook a plugin may implement. A docstring here is the contract and the documentation.

Hooks are synchronous and pure: a plugin opens no file, starts no process, asks no clock and keeps nothing
between calls. It may take any subset of a hook's parameters, by name.

A plugin that implements `gateway_provider` is a provider; its other hooks are called for that provider only.
A plugin that does not is asked about every provider, and may wrap any hook (``@hookimpl(wrapper=True)``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pluggy

from gateway.domain.approvals import Risk, Verdict
from gateway.domain.events import Event
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, Resume
from gateway.domain.outcome import Exit, Outcome
from gateway.domain.probes import Command, Finding, HomeFile, JobFile, Login, Readings
from gateway.domain.provider import Catalog, ProviderInfo
from gateway.domain.request import Request
from gateway.domain.sessions import Session

PROJECT = "gateway"
API_VERSION = 1
"""Raised when a hook or a value changes so that a plugin has to. A plugin may state ``gateway_api = 1``."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# who you are


@hookspec(firstresult=True)
def gateway_provider() -> ProviderInfo | None:
    """Say who the provider is.

    Called once, when the plugin is loaded. A plugin without this hook is no provider; None is an error.
    """


# before the process


@hookspec(firstresult=True)
def gateway_resume(
    provider: ProviderInfo, request: Request, session: Session | None, fresh_id: str
) -> Resume | None:
    """Say how the run continues a conversation.

    Called before every launch. ``session`` is the conversation that we know under the id that the request
    names, else the one that was used last in the directory, else None. ``fresh_id`` is a new UUID for a CLI that lets
    its caller choose.

    None, or no implementation: a new session where ``create_new_session`` is set; else the id of the request,
    else the newest session where ``resume_latest`` is set, else a new one. Where the CLI has no word for the newest
    session (``capabilities.resume`` lacks "latest"), ``session`` is named to it by its id.
    """


@hookspec(firstresult=True)
def gateway_launch(
    request: Request,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
    provider: ProviderInfo,
) -> Launch | None:
    """Turn a request into arguments, standard input, files and environment.

    Called once for each attempt. ``prompt`` is checked, complete and at most ``prompt_limit`` bytes.
    ``autonomy`` is the most the run may do; None leaves it to the request. ``servers`` are the MCP servers the
    run may use. ``installed`` is the binary that will be run.

    Required of a provider; None is an error. Same arguments, same launch.
    """


@hookspec(firstresult=True)
def gateway_environ(
    provider: ProviderInfo, environ: Mapping[str, str], trace: Mapping[str, str]
) -> Mapping[str, str] | None:
    """Add to the environment of the CLI, or change it.

    Called before every process of the provider: runs, and probes too. ``environ`` is what the child is about
    to get. The result is laid over it; an empty value takes a variable away. None changes nothing.

    ``trace`` is the W3C trace context of the request that the process is for: ``traceparent``, and ``tracestate``
    where there is one. It is empty for probes, and where the caller told none.
    """


@hookspec(firstresult=True)
def gateway_risk(request: Request) -> Risk | None:
    """Say what posture the request asks for.

    Called for every request, perhaps more than once. None, or no implementation: ``ask``, without bypass.
    """


# while it runs


@hookspec(firstresult=True)
def gateway_decode(frames: Sequence[bytes], launch: Launch) -> Iterable[Event] | None:
    """Say what the output means.

    Called with every batch of whole frames of standard output, in order: lines without their newline, or the one
    document that the CLI printed. Keep nothing between calls; the core folds the events.

    Required of a provider. An ``msgspec.DecodeError`` need not be caught: the core then decodes the batch
    frame by frame and takes what still fails as `Noise`. None means: nothing but noise.
    """


# after it has ended


@hookspec(firstresult=True)
def gateway_judge(request: Request, resume: Resume, outcome: Outcome, exit: Exit) -> Outcome | None:
    """Say how the run ended, from its events and its exit together.

    Called once for each attempt, with what the events folded to. Exit 0 is no proof of success. Where the
    core stopped the run itself (limit, cancel), its reason stands whatever is said here.

    None, or no implementation: an error event or a status other than 0 is ``provider_error``, no text is
    ``empty``, everything else is ``ok``.
    """


@hookspec(firstresult=True)
def gateway_session_log(outcome: Outcome) -> HomeFile | JobFile | None:
    """Name a file in which the CLI tells more about the run: usage, or the session id.

    Called once after the end, with what the output has come to. The core reads the file, bounded, and hands it to
    `gateway_decode_log`. None, or no implementation: there is no such file.
    """


@hookspec(firstresult=True)
def gateway_decode_log(data: bytes) -> Iterable[Event] | None:
    """Say what the file of `gateway_session_log` means.

    Called once, with all of the file, where there is one. The events are folded behind those of the output. A file
    that does not decode is `Noise`, as with `gateway_decode`. None: it tells nothing.
    """


@hookspec(firstresult=True)
def gateway_retry(request: Request, outcome: Outcome, catalog: Catalog) -> Request | None:
    """Amend a request that failed, for one more try in the same job.

    Called after a failure, at most once for each job, and only where the attempt wrote no text and used no
    tool. None: no further try.
    """


@hookspec(firstresult=True)
def gateway_document(outcome: Outcome, provider: ProviderInfo) -> Mapping[str, Any] | None:
    """Shape the reply as the one JSON document that the CLI's users know.

    Called where the caller asked for an output format that ``formats`` maps to ``document``. None, or no
    implementation: ``result``, ``session_id``, ``model``, ``usage`` and the ending.
    """


# care and feeding


@hookspec(firstresult=True)
def gateway_login(provider: ProviderInfo, readings: Readings) -> Login | None:
    """Say whether the CLI is logged in.

    Called when the doctor or ``cli_versions`` asks, with what the ``login_probes`` have seen.
    None, or no implementation: unknown.
    """


@hookspec(firstresult=True)
def gateway_catalog(provider: ProviderInfo, readings: Readings) -> Catalog | None:
    """Say which models there are.

    Called when models are listed or a name has to be looked up, with what the ``model_probes`` have seen.
    None, or no implementation: the bundled catalog.
    """


@hookspec(firstresult=True)
def gateway_upgrade(provider: ProviderInfo, target: str, readings: Readings) -> Command | None:
    """Name the command that upgrades the CLI to ``target``, a version or a word such as ``latest``.

    Called when an upgrade is planned, with what the ``upgrade_probes`` have seen; the core runs the command.
    None, or no implementation: the core goes by where the CLI is installed, and else says how to do it by hand.
    """


@hookspec
def gateway_checks(provider: ProviderInfo, readings: Readings) -> Iterable[Finding] | None:
    """Add findings to the doctor's report.

    Called by the doctor for every provider, with what the ``check_probes`` have seen. Every plugin is heard.
    None: nothing to report.
    """


# anyone may listen or refuse


@hookspec
def gateway_admit(
    provider: ProviderInfo, request: Request, risk: Risk, settings: Mapping[str, Mapping[str, Any]]
) -> Verdict | None:
    """Let a request pass, refuse it, or leave it to the person behind the client.

    Called once for each request, also for one that will share a run or an answer; a client that comes back with what
    its person answered sends the request anew. Every answer is read and one refusal refuses. ``ask`` refuses, too,
    where nobody can be asked, and in panels. None: no opinion. ``request`` is as the caller wrote it: what is asked
    stands in ``prompt`` or in ``prompt_parts``. ``settings`` are the ``[plugins.NAME]`` tables of the configuration,
    by those names: take yours, and check it, for nobody else does.
    """


@hookspec
def gateway_job_started(
    job: Job, trace: Mapping[str, str], settings: Mapping[str, Mapping[str, Any]]
) -> None:
    """Learn that a job has begun. Listen only: what is returned, None or not, is not read.

    Called when an attempt has begun. ``trace`` is as for `gateway_environ`, ``settings`` as for `gateway_admit`.
    """


@hookspec
def gateway_job_finished(
    job: Job,
    outcome: Outcome,
    flight: Flight,
    trace: Mapping[str, str],
    settings: Mapping[str, Mapping[str, Any]],
) -> None:
    """Learn that a job has ended. Listen only: what is returned, None or not, is not read.

    Called in the gateway that saw the end: once, or never where that gateway is killed just then. ``flight`` is
    what is kept of the request that began the job: its tokens and its cost are those of this job alone, where
    ``outcome`` may tell the total of a session. ``trace`` is as for `gateway_environ`, ``settings`` as for
    `gateway_admit`.
    """
