"""From a request to everything that is needed to run it. Nothing has been started when this fails."""

import contextlib
import os
import re
import uuid
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from gateway.config import Config
from gateway.domain.approvals import Approval
from gateway.domain.caller import Caller
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, OutDir, OutFile, Resume, TempFile
from gateway.domain.provider import ProviderInfo
from gateway.domain.questions import Question
from gateway.domain.request import HostPath, LocalOnly, Request, chosen, given, replace
from gateway.domain.sessions import OURS, Session
from gateway.errors import InvalidRequest, NotFound, Refused
from gateway.plugin.provider import Provider
from gateway.rules import prompt as prompts
from gateway.rules.caching import CacheWarning
from gateway.rules.flags import annotated, withheld
from gateway.rules.optimize import Optimized
from gateway.rules.prompt import Prompt
from gateway.rules.review import Integrity

Confine = Callable[[str, str], str]
"""From a path and the parameter that names it to the path as it may be used."""


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
    own: bool = False
    """Whether only a session of the caller's may be continued: the newest one of a CLI may be somebody else's."""
    fresh: bool = False
    """Whether the directory is a new one, made once the request is taken in."""
    wall_clock: float
    idle: float | None
    warnings: tuple[str, ...]
    integrity: Integrity | None = None
    approval: Approval | None = None
    questions: tuple[Question, ...] = ()
    """What a person has to answer with yes before it is started."""
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
        _refuse_reach(request)
        prompt = replace(prompt, text=prompts.defuse(prompt.text, info.mentions))
    else:  # a remote caller is told the same of every path that is not theirs
        _refuse_no_path(request)
    prompts.check(prompt.text, info.prompt_limit)
    return prompt


def _refuse_no_path(request: Request) -> None:
    for name, wire, _ in annotated(type(request), HostPath):
        if any("\0" in path for path in _paths(getattr(request, name))):
            raise InvalidRequest(f"{wire} holds a NUL character.", hint="Remove it: no path has one.")


def _refuse_reach(request: Request) -> None:
    for name, wire, _ in annotated(type(request), LocalOnly):
        if getattr(request, name) not in (msgspec.UNSET, None, "", (), {}, False):
            raise Refused(
                f"{wire} reaches what a remote caller may not: files and programs of the gateway's machine.",
                hint="Leave it out, or have it configured at that machine.",
            )


def working_directory(request: Request, session: Session | None, started_in: str, info: ProviderInfo) -> str:
    """Where the CLI runs: where the request says, else where the session began, else where we were started."""
    if given(request.working_dir):
        return _directory(
            os.path.join(started_in, os.path.expanduser(str(request.working_dir))), "workingDir"
        )
    begun = session and session_directory(session, info)
    if begun:
        return begun
    if started_in in ("/", os.path.realpath(os.path.expanduser("~"))):
        raise InvalidRequest(
            f"No directory to work in: the gateway was started in {started_in}, where no agent should run.",
            hint="Name one with workingDir.",
        )
    return started_in


def session_directory(session: Session, info: ProviderInfo) -> str | None:
    """Where a session was begun; None: that is gone, and it can be continued elsewhere."""
    if os.path.isdir(session.directory):
        return session.directory
    if not info.capabilities.resumes_anywhere:
        raise InvalidRequest(
            f"The session was begun in {session.directory}, which is gone; {info.title} finds it only there.",
            hint="Start a new session, or restore the directory.",
        )
    return None


def _directory(path: str, field: str) -> str:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise InvalidRequest(f"{field}: {path} is not a directory.", hint="Correct the path.")
    return real


def resolve_paths(request: Request, directory: str, confined: Confine) -> Request:
    """The request with its host paths made absolute. One that must exist and does not is an error.

    ``confined`` says how a path may be used, or raises.
    """

    def absolute(value: str, wire: str) -> str:
        return confined(os.path.normpath(os.path.join(directory, os.path.expanduser(value))), wire)

    changes: dict[str, str | tuple[str, ...]] = {}
    for name, wire, marker in annotated(type(request), HostPath):
        value = getattr(request, name)
        if name == "working_dir":
            continue
        if isinstance(value, str):
            changes[name] = _resolved(value, wire, marker, absolute)
        elif isinstance(value, tuple):
            changes[name] = tuple(_resolved(each, wire, marker, absolute) for each in value)
    return replace(request, **changes) if changes else request


def _resolved(value: str, wire: str, marker: HostPath, absolute: Confine) -> str:
    path = absolute(value, wire)
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
    unnamed = resume.mode != "new" and resume.session_id is None
    if unnamed and (prepared.own or resume.mode not in provider.info.capabilities.resume):
        resume = _newest_of_ours(resume, prepared.session)
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


def _newest_of_ours(resume: Resume, session: Session | None) -> Resume:
    """The caller's newest session that we know of, instead of the CLI's: where that may be another's, or it has no word
    for it."""
    if session is None:
        raise NotFound(
            "There is no session to continue here.", hint="Start a new one, or name one by its id."
        )
    return replace(resume, mode="id" if resume.mode == "latest" else resume.mode, session_id=session.id)


def _check_id(resume: Resume, info: ProviderInfo) -> None:
    """Refuse what cannot be a session id, whichever plugin let it pass."""
    if resume.mode == "new" or resume.session_id is None or re.fullmatch(info.session_id, resume.session_id):
        return
    raise InvalidRequest(
        f"{resume.session_id!r} is not a session id of {info.title}.",
        hint="Use the sessionId of an earlier result.",
    )


def environment(prepared: Prepared, launch: Launch, files: str) -> dict[str, str]:
    """What the CLI gets to see, with every private file as the path it will have."""
    paths = {name: file.before + os.path.join(files, file.name) for name, file in launch.env_files.items()}
    return {**prepared.environ, **launch.env, **paths}


def arguments(words: Sequence[str | TempFile | OutDir | OutFile], files: str) -> list[str]:
    """The arguments with every private file and directory as the path it will have."""
    return [word if isinstance(word, str) else word.before + os.path.join(files, word.name) for word in words]
