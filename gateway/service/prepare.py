"""From a request to everything that is needed to run it. Nothing has been started when this fails."""

import contextlib
import os
import re
import uuid
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.config import Config
from gateway.domain.approvals import Approval
from gateway.domain.caller import Caller
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, OutDir, OutFile, Resume, TempFile
from gateway.domain.provider import ProviderInfo
from gateway.domain.request import HostPath, Request, chosen, given, replace
from gateway.domain.sessions import OURS, Session
from gateway.errors import InvalidRequest, Refused
from gateway.plugin.provider import Provider
from gateway.rules import prompt as prompts
from gateway.rules.caching import CacheWarning
from gateway.rules.flags import annotated, withheld
from gateway.rules.optimize import Optimized
from gateway.rules.prompt import Prompt
from gateway.rules.review import Integrity


class Prepared(Struct, frozen=True, kw_only=True):
    """A request that can be started, as often as it takes."""

    tool: str
    request: Request
    prompt: Prompt
    directory: str
    executable: str
    environ: Mapping[str, str]
    installed: Installed
    session: Session | None
    autonomy: Autonomy | None
    servers: tuple[McpServer, ...]
    missing_servers: tuple[str, ...]
    wall_clock: float
    idle: float | None
    warnings: tuple[str, ...]
    integrity: Integrity | None = None
    approval: Approval | None = None
    expiring: CacheWarning | None = None
    saved: Optimized | None = None
    """What optimizing the prompt came to, where that was asked for."""
    trace: Mapping[str, str] = {}
    """The trace context of the call that asked."""


class Attempt(Struct, frozen=True):
    """One process run: how it continues the conversation and how it is started."""

    resume: Resume
    launch: Launch


def check_request(request: Request, info: ProviderInfo, caller: Caller) -> Prompt:
    """The prompt that will be sent, after every check that needs no look at the world."""
    if given(request.session_id) and str(request.session_id).startswith(OURS):
        raise InvalidRequest(
            f'Session ID "{request.session_id}" uses reserved prefix "{OURS}". Gateway-generated session IDs '
            "cannot be used for --resume.",
            hint="Use the sessionId of an earlier result.",
        )
    prompt = prompts.resolve(request)
    if not caller.names_paths:
        _refuse_paths(request)
        prompt = replace(prompt, text=prompts.defuse(prompt.text, info.mentions))
    prompts.check(prompt.text, info.prompt_limit)
    return prompt


def _refuse_paths(request: Request) -> None:
    for name, wire, _ in annotated(type(request), HostPath):
        value = getattr(request, name)
        if value and isinstance(value, str | tuple):
            raise Refused(
                f"{wire} names files of the gateway's machine, which a remote caller may not do.",
                hint="Use a registered workspace.",
            )


def working_directory(request: Request, session: Session | None, started_in: str, info: ProviderInfo) -> str:
    """Where the CLI runs: where the request says, else where the session began, else where we were started."""
    if given(request.working_dir):
        return _directory(
            os.path.join(started_in, os.path.expanduser(str(request.working_dir))), "workingDir"
        )
    if session is not None:
        if os.path.isdir(session.directory):
            return session.directory
        if not info.capabilities.resumes_anywhere:
            raise InvalidRequest(
                f"The session was begun in {session.directory}, which is gone; {info.title} finds it only there.",
                hint="Start a new session, or restore the directory.",
            )
    if started_in in ("/", os.path.realpath(os.path.expanduser("~"))):
        raise InvalidRequest(
            f"No directory to work in: the gateway was started in {started_in}, where no agent should run.",
            hint="Name one with workingDir.",
        )
    return started_in


def _directory(path: str, field: str) -> str:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise InvalidRequest(f"{field}: {path} is not a directory.", hint="Correct the path.")
    return real


def resolve_paths(request: Request, directory: str) -> Request:
    """The request with its host paths made absolute. One that must exist and does not is an error."""
    changes: dict[str, str | tuple[str, ...]] = {}
    for name, wire, marker in annotated(type(request), HostPath):
        value = getattr(request, name)
        if isinstance(value, str):
            changes[name] = _resolved(value, wire, marker, directory)
        elif isinstance(value, tuple):
            changes[name] = tuple(_resolved(each, wire, marker, directory) for each in value)
    changes.pop("working_dir", None)
    return replace(request, **changes) if changes else request


def _resolved(value: str, wire: str, marker: HostPath, directory: str) -> str:
    path = os.path.normpath(os.path.join(directory, os.path.expanduser(value)))
    if marker.must_exist and not os.path.exists(path):
        raise InvalidRequest(f"{wire}: path does not exist: {value}", hint="Correct the path.")
    return path


def named(request: Request) -> list[tuple[str, str]]:
    """The files and folders that the request names beside its working directory, each with its field."""
    return [
        (wire, path)
        for name, wire, _ in annotated(type(request), HostPath)
        if name != "working_dir"
        for path in _paths(getattr(request, name))
    ]


def _paths(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def stamps(request: Request) -> dict[str, str]:
    """When each file that the request names was last written, for telling two requests apart."""
    found = {}
    for wire, path in named(request):
        with contextlib.suppress(OSError):
            known = os.stat(path)
            found[f"{wire}:{path}"] = f"{known.st_mtime_ns}:{known.st_size}"
    return found


def limits(
    request: Request, info: ProviderInfo, config: Config
) -> tuple[float, float | None, tuple[str, ...]]:
    """Wall-clock and idle limit in seconds, and a warning where the idle limit cannot be kept."""
    wall = chosen(request.timeout_ms, round(config.limits.wall_clock * 1000)) / 1000
    asked = given(request.idle_timeout_ms)
    if info.capabilities.streams:
        return wall, chosen(request.idle_timeout_ms, round(info.idle_timeout * 1000)) / 1000, ()
    told = (
        f"idleTimeoutMs was not applied: {info.title} prints nothing while it works, so silence says nothing."
    )
    return wall, None, (told,) if asked else ()


def attempt(provider: Provider, prepared: Prepared) -> Attempt:
    """Ask the plugin how to start. Each attempt gets a fresh id, for the CLI may know the last one already."""
    resume = provider.resume(prepared.request, prepared.session, str(uuid.uuid4()))
    if resume.mode not in provider.info.capabilities.resume:
        raise InvalidRequest(
            f"{provider.info.title} cannot continue a session this way ({resume.mode}).",
            hint="Start a new session, or name one by its id.",
        )
    _check_id(resume, provider.info)
    launch = provider.launch(
        prepared.request,
        resume,
        prepared.prompt.text,
        prepared.autonomy,
        prepared.servers,
        prepared.installed,
    )
    lost = withheld(prepared.request, resume, prepared.installed)
    return Attempt(resume, replace(launch, warnings=(*launch.warnings, *lost)))


def _check_id(resume: Resume, info: ProviderInfo) -> None:
    """Refuse what cannot be a session id, whichever plugin let it pass."""
    if resume.mode == "new" or resume.session_id is None or re.fullmatch(info.session_id, resume.session_id):
        return
    raise InvalidRequest(
        f"{resume.session_id!r} is not a session id of {info.title}.",
        hint="Use the sessionId of an earlier result.",
    )


def arguments(words: Sequence[str | TempFile | OutDir | OutFile], files: str) -> list[str]:
    """The arguments with every private file and directory as the path it will have."""
    return [word if isinstance(word, str) else word.before + os.path.join(files, word.name) for word in words]
