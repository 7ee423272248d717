"""Mistral Vibe, as of 3.0.3; 2.18.4 is spoken to as far as it goes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    EnvVar,
    Event,
    Exit,
    Failed,
    Finding,
    Flag,
    HomeFile,
    HostPath,
    Installed,
    InvalidRequest,
    JobFile,
    Launch,
    Login,
    Outcome,
    OutDir,
    Package,
    ProviderInfo,
    Readings,
    Request,
    Resume,
    Risk,
    TooLarge,
    argv,
    given,
    hookimpl,
    lower,
    replace,
)
from gateway_plugin_mistral.facts import (
    AGENTS,
    AGENTS_OF_2,
    CATALOG,
    CLIENT,
    GONE,
    POSTURES,
    PRICED_AS_OF,
    PRICES,
    Mode,
)
from gateway_plugin_mistral.output import Entry, Export, complaint, events_at_end, events_of, failure, said

# The one list that nothing can loosen: deny lists of all layers are joined, whereas an agent file of the user, or
# of a trusted project, replaces the allow list and may bypass every permission (3.0.3).
ALL_BUT_READING = "re:^(?!(read_file|read|grep)$).*"
READING_OF_2 = ("read", "grep")

MOST_IN_ARGV = 120_000
"""Bytes of a prompt that travels as an argument; Linux ends at 128 KiB."""


class MistralRequest(Request, frozen=True, kw_only=True):
    """Ask Mistral Vibe, Mistral's coding agent. It reads the working directory;
    edits and shell need a permissionMode."""

    output_format: Literal["plain", "json", "stream-json"] = "plain"
    permission_mode: Annotated[
        Mode | UnsetType, Meta(description="plan only reads; default may not edit")
    ] = UNSET
    allowed_tools: Annotated[
        tuple[str, ...], Flag("--enabled-tools", "repeat"), Meta(description="Only these, such as read_file")
    ] = ()
    disallowed_tools: Annotated[tuple[str, ...], Flag("--disabled-tools", "repeat")] = ()
    effort: Literal["low", "medium", "high", "xhigh", "max"] | UnsetType = UNSET
    reasoning_effort: str | UnsetType = UNSET
    max_turns: Annotated[int, Flag("--max-turns", "equals"), Meta(ge=1)] | UnsetType = UNSET
    max_price: (
        Annotated[float, Flag("--max-price", "equals"), Meta(gt=0, description="US dollars")] | UnsetType
    ) = UNSET
    max_tokens: Annotated[int, Flag("--max-tokens", "equals"), Meta(ge=1)] | UnsetType = UNSET
    add_dir: Annotated[
        tuple[str, ...],
        Flag("--add-dir", "equals"),
        HostPath(),
        Meta(description="More directories it may use"),
    ] = ()


def _home(name: str, *, content: bool = True) -> HomeFile:
    return HomeFile(name, content=content, root_variable="VIBE_HOME", folder=".vibe")


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="mistral",
        title="Mistral Vibe",
        executable="vibe",
        request=MistralRequest,
        # A message, or a tool's result, is printed when it is whole: silence may be a long answer or a long test.
        capabilities=Capabilities(resume=frozenset({"new", "latest", "id"}), streams=False),
        session_id=r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        formats={"plain": "answer", "json": "document", "stream-json": "lines"},
        prompt_limit=1024 * 1024,
        mentions=r"(?<!\w)@(?=[^\s@])",
        env=("MISTRAL_*", "VIBE_*"),
        secrets=(r"\b(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{32}\b",),
        install=("uv tool install mistral-vibe", "pip install mistral-vibe"),
        login="Run `vibe --setup`, or set MISTRAL_API_KEY.",
        docs="https://github.com/mistralai/mistral-vibe",
        base_flags=("-p", "--prompt", "--output", "--output-dir", "--agent", "--resume", "--continue"),
        latest=Package("pypi", "mistral-vibe"),
        catalog=CATALOG,
        prices=PRICES,
        priced_as_of=PRICED_AS_OF,
        client=CLIENT,
        login_probes=(EnvVar("MISTRAL_API_KEY"), _home(".env", content=False)),
        model_probes=(_home("config.toml"),),
        check_probes=(_home("config.toml"),),
    )


# before the process


@hookimpl
def gateway_risk(request: MistralRequest) -> Risk:
    mode = _mode(request)
    return Risk(POSTURES[mode], bypass=mode == "auto-approve")


def _mode(request: MistralRequest) -> Mode:
    return "default" if isinstance(request.permission_mode, UnsetType) else request.permission_mode


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Quiet, and less patient with a failing API: its own number is five minutes of silence (3.0.3)."""
    ours = {
        "VIBE_ENABLE_UPDATE_CHECKS": "false",
        "VIBE_ENABLE_AUTO_UPDATE": "false",
        "VIBE_API_RETRY_MAX_ELAPSED_TIME": "30",
    }
    return {name: environ.get(name) or value for name, value in ours.items()}


@hookimpl
def gateway_launch(
    request: MistralRequest, resume: Resume, prompt: str, autonomy: Autonomy | None, installed: Installed
) -> Launch:
    mode = _mode(request)
    posture = lower(autonomy or "full", POSTURES[mode])
    modern = installed.has("--output-dir")
    agent = (AGENTS if modern else AGENTS_OF_2)[posture]
    if mode == "smart-approve" and posture == "edit" and modern:
        agent = mode
    return Launch(
        args=(
            "--output=streaming",
            *((OutDir("out", "--output-dir="),) if modern else ()),
            f"--agent={agent}",
            *argv(_reading(request, installed) if posture == "read_only" else request, resume, installed),
            *_continuation(resume),
            "-p" if modern else _argument(prompt),
        ),
        stdin=prompt.encode() if modern else b"",
        env={**_model(request), **({} if posture == "full" else {"VIBE_BYPASS_TOOL_PERMISSIONS": "false"})},
        warnings=tuple(_warnings(request, resume, installed, agent)),
    )


def _reading(request: MistralRequest, installed: Installed) -> MistralRequest:
    """The same request, with no tool left that could change anything."""
    if installed.has("--disabled-tools"):
        return replace(request, disallowed_tools=(*request.disallowed_tools, ALL_BUT_READING))
    return replace(request, allowed_tools=READING_OF_2)


def _continuation(resume: Resume) -> tuple[str, ...]:
    words = {"id": (f"--resume={resume.session_id}",), "latest": ("--continue",)}
    return words.get(resume.mode, ())


def _argument(prompt: str) -> str:
    """The prompt for 2.18, which reads standard input only where it has a terminal too."""
    if len(prompt.encode()) > MOST_IN_ARGV:
        raise TooLarge(
            f"The installed Vibe takes a prompt of {MOST_IN_ARGV:,} bytes.",
            hint="Upgrade it: uv tool upgrade mistral-vibe",
        )
    return f"--prompt={prompt}"


def _model(request: MistralRequest) -> dict[str, str]:
    if not isinstance(request.model, str) or not request.model:
        return {}
    if not re.fullmatch(r"[^\s\x00-\x1f\x7f]+", request.model):
        raise InvalidRequest(
            f"{request.model!r} cannot be the name of a model.", hint="Use an alias of Vibe's config.toml."
        )
    return {"VIBE_ACTIVE_MODEL": request.model}


def _warnings(request: MistralRequest, resume: Resume, installed: Installed, agent: str) -> Iterator[str]:
    mode = _mode(request)
    if mode in GONE and agent != mode:
        only = " and may read files, nothing else" if POSTURES[mode] == "read_only" else ""
        yield f"permissionMode {mode} is gone from Vibe: the run used its agent {agent}{only}."
    for name, value in (("effort", request.effort), ("reasoningEffort", request.reasoning_effort)):
        if given(value):
            yield f"{name} was not passed on: Vibe reads it from `thinking` of the model in its config.toml only."
    if not installed.has("--output-dir"):
        yield f"Vibe {installed.version} tells neither its session id nor its usage; 2.26 and newer do."
        if agent == "plan":
            yield f"Vibe {installed.version} would let an agent file named plan.toml allow more than reading."
    elif resume.mode == "latest":
        yield "Vibe continues its newest session of all directories, which may be that of another run."


# while it runs

_entry = msgspec.json.Decoder(Entry).decode
_export = msgspec.json.Decoder(Export).decode


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for frame in frames:
        if frame.startswith(b"{"):
            yield from events_of(_entry(frame))
        elif ending := said(text := frame.decode(errors="replace")):
            # An unknown session is told on standard output (2.18).
            yield Failed(text.strip(), ending)


# after it has ended


@hookimpl
def gateway_session_log() -> JobFile:
    return JobFile("out/export.json")


@hookimpl
def gateway_decode_log(data: bytes) -> Iterator[Event]:
    return events_at_end(_export(data))


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if exit.returncode != 0:
        told = complaint(exit.stderr_tail) or f"Vibe ended with status {exit.returncode} and without a word."
        error, ending = failure(told)
        return replace(outcome, ending=ending, error=error)
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")


# care and feeding


class _Model(Struct):
    name: str = ""
    alias: str = ""
    display_name: str | None = None


class _Logging(Struct):
    enabled: bool = True


class _Config(Struct):
    """What is read of config.toml: 3.x has a table of models, 2.x a list."""

    active_model: str = ""
    models: dict[str, _Model] | list[_Model] = {}
    session_logging: _Logging = msgspec.field(default_factory=_Logging)


@hookimpl
def gateway_login(readings: Readings) -> Login:
    found = [probe for probe, reading in readings.items() if reading.found]
    if not found:
        return Login("unknown", "There is no key in the environment; the system's keyring may hold one.")
    return Login("logged_in", "MISTRAL_API_KEY" if isinstance(found[0], EnvVar) else "~/.vibe/.env")


@hookimpl
def gateway_catalog(readings: Readings) -> Catalog | None:
    text = next((reading.text for reading in readings.values() if reading.found), "")
    try:
        config = msgspec.toml.decode(text, type=_Config)
    except msgspec.DecodeError:
        return None
    models = config.models
    table = models if isinstance(models, dict) else {model.alias or model.name: model for model in models}
    names = {alias: model.display_name or model.name for alias, model in table.items()}
    if not names and not config.active_model:
        return None
    return Catalog(
        models={**CATALOG.models, **names}, default=config.active_model or CATALOG.default, source="config"
    )


@hookimpl
def gateway_checks(readings: Readings) -> Iterator[Finding]:
    for reading in readings.values():
        try:
            config = msgspec.toml.decode(reading.text, type=_Config)
        except msgspec.DecodeError as error:
            yield Finding(
                "mistral", f"Its config.toml cannot be read: {error}", "Correct ~/.vibe/config.toml."
            )
            continue
        if not config.session_logging.enabled:
            told = "Vibe keeps no sessions, so requests cannot continue one."
            yield Finding(
                "mistral", told, "Set `enabled = true` under [session_logging] in ~/.vibe/config.toml."
            )
