"""Qwen Code, as of 0.15.10: who it is, and what it is started with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    EnvVar,
    Event,
    Exit,
    Flag,
    HomeFile,
    HostPath,
    InvalidRequest,
    Launch,
    Login,
    McpServer,
    Outcome,
    Package,
    ProviderInfo,
    Readings,
    Request,
    Resume,
    Risk,
    TempFile,
    argv,
    hookimpl,
    lower,
    replace,
)
from gateway import Installed as Binary
from gateway_plugin_qwen.output import Line, events_of, judged

gateway_api = 1

Mode = Literal["plan", "default", "auto-edit", "yolo"]
POSTURES: dict[Mode, Autonomy] = {"plan": "read_only", "default": "ask", "auto-edit": "edit", "yolo": "full"}
MODES: dict[Autonomy, Mode] = {posture: mode for mode, posture in POSTURES.items()}

WRITING = ("edit", "write_file", "run_shell_command", "monitor", "exit_plan_mode")
"""Tools that change something, or that end the mode in which nothing may be changed."""
HARMLESS = TempFile(
    "settings.json",
    b'{"disableAllHooks": true, "tools": {"discoveryCommand": "", "callCommand": ""}}',
)
"""Settings that nothing else overrides. Those of a project may name commands, which no approvalMode holds back."""
NO_SERVER = "--allowed-mcp-server-names=no-server"


class QwenRequest(Request, frozen=True, kw_only=True):
    """Ask Qwen Code, a coding agent. It reads the working directory and the web; edits and shell need an approvalMode."""

    model: Annotated[
        str | UnsetType, Flag("--model", "equals"), Meta(description="Such as qwen3-coder-plus")
    ] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    approval_mode: Annotated[Mode | UnsetType, Meta(description="What it may do; default only reads")] = UNSET
    allowed_tools: Annotated[
        tuple[str, ...], Flag("--allowed-tools", "equals"), Meta(description="Tools allowed without asking")
    ] = ()
    disallowed_tools: Annotated[tuple[str, ...], Flag("--exclude-tools", "equals")] = ()
    include_dirs: Annotated[
        tuple[str, ...], Flag("--include-directories", "equals"), HostPath(),
        Meta(description="More directories it may use"),
    ] = ()  # fmt: skip
    max_turns: Annotated[int, Flag("--max-session-turns", "equals"), Meta(ge=1)] | UnsetType = UNSET
    system_prompt: Annotated[str | UnsetType, Flag("--system-prompt", "equals")] = UNSET
    append_system_prompt: Annotated[str | UnsetType, Flag("--append-system-prompt", "equals")] = UNSET

    def __post_init__(self) -> None:
        for value in (*self.allowed_tools, *self.disallowed_tools, *self.include_dirs):
            if "," in value:
                raise InvalidRequest(
                    f"Qwen Code would cut {value!r} at its comma.", hint="Name it without one."
                )


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="qwen",
        title="Qwen Code",
        executable="qwen",
        request=QwenRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id"}),
            streams=True,
            chooses_session_id=True,
            resumes_anywhere=False,
            takes_mcp_servers=True,
        ),
        session_id=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        formats={"text": "answer", "json": "document", "stream-json": "lines"},
        prompt_limit=8 * 1024 * 1024 - 16,  # what is longer is cut off, with a warning on stderr
        mentions=r'(?<!\\)@(?:"[^"]*"|\\[^\n\r]|[^ \t\n\r,;!?()\[\]{}.]|\.(?![ \t\n\r]|\Z))+',
        env=("QWEN_*", "OPENAI_*", "DASHSCOPE_*", "BAILIAN_*"),
        secrets=(r"\bsk-[\w-]{16,}",),
        install=("npm install -g @qwen-code/qwen-code",),
        login="Run `qwen auth`, or set OPENAI_API_KEY and OPENAI_BASE_URL.",
        docs="https://github.com/QwenLM/qwen-code",
        base_flags=(
            "--output-format", "--include-partial-messages", "--approval-mode", "--session-id", "--resume",
            "--continue", "--mcp-config", "--allowed-mcp-server-names", "--exclude-tools",
        ),
        latest=Package("npm", "@qwen-code/qwen-code"),
        catalog=Catalog(
            models={
                "coder-model": "What the login with Qwen's own account uses",
                "qwen3-coder-plus": "The larger coding model",
                "qwen3-coder-flash": "The quicker coding model",
            }
        ),
        login_probes=(EnvVar("OPENAI_API_KEY"), _home("oauth_creds.json", content=False)),
        model_probes=(_home("settings.json"),),
    )  # fmt: skip


def _home(name: str, *, content: bool = True) -> HomeFile:
    return HomeFile(name, content=content, root_variable="QWEN_HOME", folder=".qwen")


# before the process


@hookimpl
def gateway_risk(request: QwenRequest) -> Risk:
    return Risk(POSTURES[_mode(request)], bypass=request.approval_mode == "yolo")


def _mode(request: QwenRequest) -> Mode:
    return "default" if isinstance(request.approval_mode, UnsetType) else request.approval_mode


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    """One process instead of two: it would start itself again for a larger heap."""
    return {"QWEN_CODE_NO_RELAUNCH": environ.get("QWEN_CODE_NO_RELAUNCH", "true")}


@hookimpl
def gateway_launch(
    request: QwenRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Binary,
) -> Launch:
    posture = lower(autonomy or "full", POSTURES[_mode(request)])
    reading = posture == "read_only"
    asked = _reading(request) if reading else request
    return Launch(
        args=(
            "--output-format=stream-json",
            "--include-partial-messages",
            f"--approval-mode={MODES[posture]}",
            *argv(asked, resume, installed),
            *((NO_SERVER,) if reading else _servers(servers)),
            *_continuation(resume),
        ),
        # A slash at the very beginning would be a command of the CLI.
        stdin=(f" {prompt}" if prompt.startswith("/") else prompt).encode(),
        env_files={"QWEN_CODE_SYSTEM_SETTINGS_PATH": HARMLESS} if reading else {},
        warnings=tuple(_warnings(request, servers)) if reading else (),
    )


def _reading(request: QwenRequest) -> QwenRequest:
    """The same request, with no tool left that could change anything."""
    without = tuple(dict.fromkeys((*request.disallowed_tools, *WRITING)))
    return replace(request, allowed_tools=(), disallowed_tools=without)


def _servers(servers: Sequence[McpServer]) -> tuple[TempFile, ...]:
    """A private file that names the MCP servers: their keys would not be private among the arguments."""
    if not servers:
        return ()
    told = {server.name: _server(server) for server in servers}
    return (TempFile("mcp.json", msgspec.json.encode({"mcpServers": told}), "--mcp-config="),)


def _server(server: McpServer) -> dict[str, Any]:
    if server.url:
        return {"httpUrl": server.url, "headers": server.headers}
    return {"command": server.command, "args": server.args, "env": server.env}


def _continuation(resume: Resume) -> tuple[str, ...]:
    words = {"latest": "--continue", "id": f"--resume={resume.session_id}"}
    chosen = (f"--session-id={resume.session_id}",) if resume.session_id else ()
    return (words[resume.mode],) if resume.mode in words else chosen


def _warnings(request: QwenRequest, servers: Sequence[McpServer]) -> Iterator[str]:
    if request.allowed_tools:
        yield "allowedTools was not passed on: the run may only read."
    if servers:
        yield "mcpServers was not passed on: the run may only read, and nobody knows what a server does."


# while it runs, and after

_line = msgspec.json.Decoder(Line).decode


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for frame in frames:
        yield from events_of(_line(frame))


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    return judged(outcome, exit)


# care and feeding


@hookimpl
def gateway_login(readings: Readings) -> Login:
    found = [probe for probe, reading in readings.items() if reading.found]
    if not found:
        return Login("unknown", "There is no key in the environment; settings.json may name another.")
    return Login(
        "logged_in", "OPENAI_API_KEY" if isinstance(found[0], EnvVar) else "~/.qwen/oauth_creds.json"
    )


class _Model(msgspec.Struct):
    name: str = ""


class _Settings(msgspec.Struct):
    """What is read of settings.json."""

    model: _Model = msgspec.field(default_factory=_Model)


@hookimpl
def gateway_catalog(provider: ProviderInfo, readings: Readings) -> Catalog | None:
    text = next((reading.text for reading in readings.values() if reading.found), "")
    try:
        name = msgspec.json.decode(text, type=_Settings).model.name
    except msgspec.DecodeError:  # the file may have comments
        return None
    if not name:
        return None
    models = {name: "The model of your settings.json", **provider.catalog.models}
    return Catalog(models=models, default=name, source="config")
