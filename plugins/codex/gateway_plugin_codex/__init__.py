"""Codex CLI, as of 0.169.0.

Every flag stands before the subcommand: `exec` hands them on to `resume` and `fork`, which by themselves refuse
``--sandbox`` and ``--profile``. A continued session inherits neither sandbox nor model.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    Command,
    EnvVar,
    Event,
    Exit,
    HomeFile,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    McpServer,
    Outcome,
    Package,
    ProviderInfo,
    Reading,
    Readings,
    Resume,
    Risk,
    Session,
    TempFile,
    Tool,
    argv,
    chosen,
    given,
    hookimpl,
    lower,
    replace,
)
from gateway_plugin_codex.events import NOTHING_TO_CONTINUE, events_of, events_of_rollout
from gateway_plugin_codex.facts import (
    BASE_FLAGS,
    BYPASS,
    CACHE,
    CATALOG,
    CLIENT,
    SETTINGS,
    complaint,
    ending_of,
    failed_calls,
)
from gateway_plugin_codex.request import (
    POSTURES,
    SANDBOXES,
    AnyCodexRequest,
    CodexForkRequest,
    CodexRequest,
    Sandbox,
)
from gateway_plugin_codex.servers import settings, variables

UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="codex",
        title="Codex CLI",
        executable="codex",
        request=CodexRequest,
        tools=(
            Tool("codex_request", CodexRequest),
            Tool("codex_fork_session", CodexForkRequest, background=False),
        ),
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}),
            streams=True,
            takes_mcp_servers=True,
            images=True,
            json_schema=True,
        ),
        session_id=UUID,
        formats={"text": "answer", "json": "lines"},
        prompt_limit=1_048_576,
        env=("CODEX_*", "OPENAI_*", "RUST_LOG"),
        secrets=(r"sk-(?!ant-)[\w-]{20,}",),
        install=("npm install -g @openai/codex",),
        login="Run `codex login`, or set CODEX_API_KEY.",
        docs="https://developers.openai.com/codex",
        help=tuple(Command(("exec", *sub, "--help")) for sub in ((), ("resume",), ("fork",))),
        base_flags=BASE_FLAGS,
        latest=Package("npm", "@openai/codex"),
        catalog=CATALOG,
        cache=CACHE,
        client=CLIENT,
        login_probes=(Command(("login", "status")), EnvVar("CODEX_API_KEY")),
        model_probes=(Command(("debug", "models")),),
    )


# before the process


@hookimpl
def gateway_resume(request: AnyCodexRequest, session: Session | None) -> Resume | None:
    if not isinstance(request, CodexForkRequest):
        return None
    asked = request.session_id
    if isinstance(asked, UnsetType):
        if not request.fork_last:
            raise InvalidRequest("one of sessionId or forkLast is required")
        return Resume("fork", session.id if session else None)
    if request.fork_last:
        raise InvalidRequest("sessionId and forkLast are mutually exclusive")
    if not re.fullmatch(UUID, asked):
        raise InvalidRequest(
            f"{asked!r} is not a session id of Codex CLI.", hint="Use the sessionId of an earlier result."
        )
    return Resume("fork", asked)


@hookimpl
def gateway_risk(request: AnyCodexRequest) -> Risk:
    bypass = _bypassed(request)
    if unsafe := _unsafe(request):
        return Risk("full", bypass, (f"configOverrides may change what the run may do: {', '.join(unsafe)}",))
    return Risk(POSTURES[_sandbox(request)], bypass)


def _bypassed(request: AnyCodexRequest) -> bool:
    return isinstance(request, CodexRequest) and request.dangerously_bypass_approvals_and_sandbox


def _sandbox(request: AnyCodexRequest) -> Sandbox:
    """What the request asks for. It is always passed, so that a setting of the user's cannot widen it unseen."""
    if not isinstance(request, CodexRequest):
        return chosen(request.sandbox_mode, "read-only")
    if request.dangerously_bypass_approvals_and_sandbox:
        return "danger-full-access"
    if request.sandbox_mode is not UNSET:
        return request.sandbox_mode
    if request.full_auto:
        return "workspace-write"
    posture = POSTURES.get(request.config_overrides.get("sandbox_mode", "").strip("\"'"), "read_only")
    return SANDBOXES[posture]


def _unsafe(request: AnyCodexRequest) -> list[str]:
    overrides = request.config_overrides if isinstance(request, CodexRequest) else {}
    return [key for key in overrides if not any(fnmatchcase(key, known) for known in SETTINGS)]


@hookimpl
def gateway_launch(
    request: AnyCodexRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    narrowed = autonomy is not None and autonomy != "full"
    subcommand, session = _continuation(resume)
    return Launch(
        args=(
            "exec", "--json", "--skip-git-repo-check",
            *_permissions(request, autonomy),
            *argv(request, resume, installed),
            *_settings(request, narrowed=narrowed),
            *settings(servers, trusted=not narrowed),
            *subcommand, "--", *session, "-",
        ),
        stdin=prompt.encode(),
        env=variables(servers),
        warnings=tuple(_remarks(request, narrowed=narrowed)),
    )  # fmt: skip


def _continuation(resume: Resume) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subcommand, and the session as its argument."""
    match resume.mode:
        case "new":
            return (), ()
        case "latest":
            return ("resume", "--last"), ()
    if resume.session_id is None:
        raise InvalidRequest(
            "Codex CLI forks a session by its id only, and the id of the newest one is not known.",
            hint="Give sessionId: it stands in every earlier result.",
        )
    return ("fork" if resume.mode == "fork" else "resume",), (resume.session_id,)


def _permissions(request: AnyCodexRequest, autonomy: Autonomy | None) -> Iterator[str]:
    asked = _sandbox(request)
    posture = POSTURES[asked] if autonomy is None else lower(autonomy, POSTURES[asked])
    yield BYPASS if posture == "full" and _bypassed(request) else f"--sandbox={SANDBOXES[posture]}"
    if autonomy == "read_only" and not (isinstance(request, CodexRequest) and request.ignore_rules):
        # A rule that allows a command lets it out of the sandbox, read-only or not (0.169.0).
        yield "--ignore-rules"


def _settings(request: AnyCodexRequest, *, narrowed: bool) -> Iterator[str | TempFile]:
    if not isinstance(request, CodexRequest):
        return
    unsafe = _unsafe(request) if narrowed else ()
    for key, value in request.config_overrides.items():
        if key not in unsafe:
            yield from ("-c", f"{key}={value}")
    if request.search:
        yield from ("-c", 'web_search="live"')
    if isinstance(request.output_schema, str):
        yield f"--output-schema={request.output_schema}"
    elif isinstance(request.output_schema, dict):
        yield TempFile("schema.json", msgspec.json.encode(request.output_schema), "--output-schema=")


def _remarks(request: AnyCodexRequest, *, narrowed: bool) -> Iterator[str]:
    if request.ask_for_approval in ("untrusted", "on-request"):
        yield "askForApproval has no effect: `codex exec` never asks, and what the sandbox forbids fails."
    if not isinstance(request, CodexRequest):
        return
    if request.full_auto and given(request.sandbox_mode):
        yield "fullAuto was overruled by sandboxMode."
    if request.use_legacy_full_auto_flag:
        yield "useLegacyFullAutoFlag has no effect: --full-auto is gone, fullAuto means --sandbox workspace-write."
    if narrowed and (unsafe := _unsafe(request)):
        yield f"configOverrides was passed on without {', '.join(unsafe)}: the run may not widen what it may do."


# while it runs


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for frame in frames:
        yield from events_of(frame)


# after it has ended


@hookimpl
def gateway_session_log(outcome: Outcome) -> HomeFile | None:
    """Name the rollout file: model and the turn's own usage, also of a turn that failed, stand only there."""
    if outcome.session_id is None or not re.fullmatch(UUID, outcome.session_id):
        return None
    path = f"sessions/*/*/*/rollout-*-{outcome.session_id.lower()}.jsonl"
    return HomeFile(path, root_variable="CODEX_HOME", folder=".codex")


@hookimpl
def gateway_decode_log(data: bytes) -> Iterator[Event]:
    yield from events_of_rollout(data)


@hookimpl
def gateway_judge(request: AnyCodexRequest, resume: Resume, outcome: Outcome, exit: Exit) -> Outcome:
    told = [outcome.error, None if resume.mode == "latest" else NOTHING_TO_CONTINUE]
    warnings = [each for each in outcome.warnings if not any(said and said in each for said in told)]
    warnings += failed_calls(exit.stderr_tail)
    model = outcome.model or chosen(request.model, "") or None
    outcome = replace(outcome, warnings=tuple(warnings), model=model)
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished or exit.returncode != 0:
        silent = f"Codex ended with status {exit.returncode} and without an answer."
        said = complaint(exit.stderr_tail) or next(reversed(warnings), silent)
        return replace(outcome, ending=ending_of(said) or "provider_error", error=said)
    if resume.mode == "id" and (outcome.session_id or "").lower() != (resume.session_id or "").lower():
        said = f"Codex did not know session {resume.session_id} and began {outcome.session_id} instead."
        return replace(outcome, ending="session_unknown", error=said)
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")


# care and feeding


@hookimpl
def gateway_login(readings: Readings) -> Login:
    if readings.get(EnvVar("CODEX_API_KEY"), Reading(found=False)).found:
        return Login("logged_in", "CODEX_API_KEY")
    said = readings.get(Command(("login", "status")), Reading(found=False))
    if not said.found or said.returncode not in (0, 1):
        return Login("unknown")
    detail = said.text.strip().rpartition("\n")[2].partition(" - ")[0]
    return Login("logged_in" if said.returncode == 0 else "logged_out", detail)


class _Model(Struct):
    slug: str
    description: str | None = None
    visibility: str = "list"
    priority: int = 0


class _Models(Struct):
    models: list[_Model] = []


@hookimpl
def gateway_catalog(readings: Readings) -> Catalog | None:
    reading = next(iter(readings.values()), Reading(found=False))
    try:
        listed = msgspec.json.decode(reading.text.strip(), type=_Models).models
    except msgspec.DecodeError:
        return None
    shown = sorted(
        (model for model in listed if model.visibility == "list"), key=lambda model: model.priority
    )
    names = {model.slug: model.description or "" for model in shown}
    return Catalog(models=names, default=next(iter(names), None), source="cli") if names else None


@hookimpl
def gateway_upgrade(target: str) -> Command | None:
    return Command(("update",), timeout=600.0) if target == "latest" else None
