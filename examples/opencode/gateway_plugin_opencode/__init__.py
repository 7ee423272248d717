"""opencode, as of 1.18.33: who it is, and what it is started with."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    Command,
    Event,
    Exit,
    Flag,
    HomeFile,
    HostPath,
    Installed,
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
    argv,
    chosen,
    hookimpl,
    lower,
)
from gateway_plugin_opencode.output import Line, events_of, judged

gateway_api = 1

Mode = Literal["plan", "default", "edit", "auto"]
POSTURES: dict[Mode, Autonomy] = {"plan": "read_only", "default": "ask", "edit": "edit", "auto": "full"}

READING = ("read", "grep", "glob", "list", "webfetch", "websearch")
PERMISSIONS: dict[Autonomy, dict[str, str]] = {
    "read_only": {"*": "deny", **dict.fromkeys(READING, "allow")},
    "ask": {"edit": "ask", "bash": "ask"},
    "edit": {"edit": "allow", "bash": "ask"},
}
"""What is laid over the user's own permissions; headless, what would be asked is rejected. Its own default lets the
model run any command."""


class OpencodeRequest(Request, frozen=True, kw_only=True):
    """Ask opencode, a coding agent for many models. It reads the working directory; edits and shell need a permissionMode."""

    model: Annotated[
        str | UnsetType, Flag("--model", "equals"), Meta(description="provider/model, such as openai/gpt-5")
    ] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    permission_mode: Annotated[
        Mode | UnsetType, Meta(description="plan only reads; default neither edits nor runs commands")
    ] = UNSET
    agent: Annotated[str | UnsetType, Flag("--agent", "equals")] = UNSET
    variant: Annotated[
        str | UnsetType, Flag("--variant", "equals"), Meta(description="Effort, such as high")
    ] = UNSET
    attachments: Annotated[
        tuple[str, ...], Flag("--file", "equals"), HostPath(), Meta(description="Files to send along")
    ] = ()
    title: Annotated[str | UnsetType, Flag("--title", "equals", new_only=True)] = UNSET
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="opencode",
        title="opencode",
        executable="opencode",
        request=OpencodeRequest,
        # A message is printed when it is whole: silence may be a long answer, or a long test.
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}), streams=False, takes_mcp_servers=True
        ),
        session_id=r"ses_[A-Za-z0-9]+",
        formats={"text": "answer", "json": "document", "stream-json": "lines"},
        env=("OPENCODE_*",),
        secrets=(r"\bsk-[\w-]{16,}",),
        install=("npm install -g opencode-ai",),
        login="Run `opencode auth login`.",
        docs="https://opencode.ai/docs",
        help=(Command(("run", "--help")),),
        base_flags=(
            "--format", "--print-logs", "--log-level", "--pure", "--auto", "--session", "--continue", "--fork"
        ),
        latest=Package("npm", "opencode-ai"),
        login_probes=(HomeFile("opencode/auth.json", root_variable="XDG_DATA_HOME", folder=".local/share"),),
        model_probes=(Command(("models",)),),
    )  # fmt: skip


# before the process


@hookimpl
def gateway_resume(request: OpencodeRequest) -> Resume | None:
    if request.create_new_session or not request.fork_session:
        return None
    return Resume("fork", chosen(request.session_id, "") or None)


@hookimpl
def gateway_risk(request: OpencodeRequest) -> Risk:
    mode = _mode(request)
    return Risk(POSTURES[mode], bypass=mode == "auto")


def _mode(request: OpencodeRequest) -> Mode:
    return "default" if isinstance(request.permission_mode, UnsetType) else request.permission_mode


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    """It would replace itself while it works."""
    return {"OPENCODE_DISABLE_AUTOUPDATE": environ.get("OPENCODE_DISABLE_AUTOUPDATE", "1")}


@hookimpl
def gateway_launch(
    request: OpencodeRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    posture = lower(autonomy or "full", POSTURES[_mode(request)])
    if not prompt.strip():
        raise InvalidRequest("opencode takes no prompt of white space only.")
    return Launch(
        args=(
            "run",
            "--format=json",
            "--print-logs",  # its events call most failures "unexpected"
            "--log-level=ERROR",
            *(("--pure",) if posture == "read_only" else ()),
            *(("--auto",) if posture == "full" else ()),
            *argv(request, resume, installed),
            *_continuation(resume),
        ),
        stdin=prompt.encode(),
        env=_environ(posture, () if posture == "read_only" else servers),
        warnings=("mcpServers was not passed on: the run may only read.",)
        if servers and posture == "read_only"
        else (),
    )


def _continuation(resume: Resume) -> tuple[str, ...]:
    source = f"--session={resume.session_id}" if resume.session_id else "--continue"
    return {"new": (), "latest": ("--continue",), "id": (source,), "fork": (source, "--fork")}[resume.mode]


def _environ(posture: Autonomy, servers: Sequence[McpServer]) -> dict[str, str]:
    """Permissions and servers travel in the environment, for there are no flags for them."""
    environ = {}
    if posture != "full":
        # A project's own opencode.json and plugins could give every permission back.
        environ["OPENCODE_DISABLE_PROJECT_CONFIG"] = "1"
        environ["OPENCODE_PERMISSION"] = msgspec.json.encode(PERMISSIONS[posture]).decode()
    if servers:
        told = {"mcp": {server.name: _server(server) for server in servers}}
        environ["OPENCODE_CONFIG_CONTENT"] = msgspec.json.encode(told).decode()
    return environ


def _server(server: McpServer) -> dict[str, Any]:
    if server.url:
        return {"type": "remote", "url": server.url, "headers": server.headers}
    return {"type": "local", "command": [server.command, *server.args], "environment": server.env}


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
    if any(reading.found for reading in readings.values()):
        return Login("logged_in", "~/.local/share/opencode/auth.json")
    return Login("unknown", "No login is stored; opencode.json may name a key.")


@hookimpl
def gateway_catalog(readings: Readings) -> Catalog | None:
    text = next((reading.text for reading in readings.values() if reading.returncode == 0), "")
    names = re.findall(r"^[\w.@-]+/\S+$", text, re.MULTILINE)
    return Catalog(models=dict.fromkeys(names, ""), source="cli") if names else None
