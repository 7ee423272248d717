"""Echo: a provider whose CLI comes along and answers with its prompt. `GATEWAY_PLUGINS=gateway.testing.echo`.

It is what the core's own tests run, so it has one field of each kind and a CLI that misbehaves when told to. The one to
learn from is the example of the hooks page, which has each hook once; `gateway plugins new` is the one to start from.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import (
    BEARER_VARIABLE,
    ENDINGS,
    Autonomy,
    CachePolicy,
    Capabilities,
    Catalog,
    Client,
    Command,
    Ending,
    EnvVar,
    Event,
    Exit,
    Failed,
    Finished,
    Flag,
    HomeFile,
    HostPath,
    Installed,
    JobFile,
    Launch,
    Login,
    McpServer,
    Message,
    Outcome,
    OutFile,
    Price,
    ProviderInfo,
    Readings,
    Request,
    Resume,
    Risk,
    ServersFile,
    Started,
    TempFile,
    TextDelta,
    ToolUsed,
    Usage,
    UsageReported,
    argv,
    ending_of_status,
    given,
    hookimpl,
    lower,
    replace,
)

Permission = Literal["look", "ask", "edit", "anything"]
POSTURES: dict[Permission, Autonomy] = {"look": "read_only", "ask": "ask", "edit": "edit", "anything": "full"}
PERMISSIONS: dict[Autonomy, Permission] = {autonomy: word for word, autonomy in POSTURES.items()}
CLIENT = Client(
    names=("echo-client",),
    markers=("ECHO_CLIENT",),
    servers=ServersFile(
        file=HomeFile("echo.toml", root_variable="ECHO_HOME", folder=".echo"),
        shape="toml",
        key="mcp_servers",
        token={"bearer_token_env_var": BEARER_VARIABLE},
        names="env_vars",
        limit={"tool_timeout_sec": 1},
        verify="Echo is no client; it only says what one would.",
    ),
)
PYTHON = ("-I", "-S", __file__.replace("echo.py", "echo_cli.py"))


class EchoRequest(Request, frozen=True, kw_only=True):
    """Ask Echo, which answers with the prompt. It is there to try the gateway without any AI."""

    model: Annotated[str | UnsetType, Flag("--model", "equals"), Meta(description="echo-1 or echo-2")] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False
    permission: Annotated[Permission | UnsetType, Meta(description="What it may do without asking")] = UNSET
    effort: Annotated[Literal["low", "high"] | UnsetType, Flag("--effort")] = UNSET
    allowed_tools: Annotated[tuple[str, ...], Flag("--allow", "repeat")] = ()
    topics: Annotated[tuple[str, ...], Flag("--topics", "comma")] = ()
    settings: Annotated[dict[str, str], Flag("--settings", "json")] = msgspec.field(default_factory=dict)
    loud: Annotated[bool, Flag("--loud")] = False
    title: Annotated[str | UnsetType, Flag("--title", "equals", new_only=True)] = UNSET
    add_dir: Annotated[tuple[str, ...], Flag("--add-dir", "equals"), HostPath()] = ()


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="echo",
        title="Echo",
        executable=sys.executable,
        request=EchoRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}),
            streams=True,
            chooses_session_id=True,
            takes_mcp_servers=True,
        ),
        formats={"text": "answer", "json": "document", "stream-json": "lines"},
        mentions=r"(?<!\w)@(?=/)",
        grace=0.5,
        env=("ECHO_*",),
        secrets=(r"echo-key-\w{8,}",),
        install=("python -m pip install gateway",),
        login="Echo needs no login; ECHO_KEY stands for one.",
        docs="https://docs.python.org/3/",
        version=Command((*PYTHON, "--version")),
        help=(Command((*PYTHON, "--help")),),
        base_flags=(
            "--permission", "--session-id", "--resume", "--continue", "--fork", "--mcp-config", "--report"
        ),
        catalog=Catalog(
            models={"echo-1": "Repeats what it hears", "echo-2": "The same, at twice the price"},
            aliases={"newest": "echo-2"},
            default="echo-1",
        ),
        prices=(
            Price(models="echo-1", input_usd=1, output_usd=2),
            Price(models="echo-2", input_usd=2, output_usd=4),
        ),
        priced_as_of="2026-11-21",
        cache=CachePolicy(ttl=300, min_tokens={"*": 1024}),
        client=CLIENT,
        login_probes=(EnvVar("ECHO_KEY"),),
    )  # fmt: skip


# before the process


@hookimpl
def gateway_resume(request: EchoRequest) -> Resume | None:
    if request.create_new_session or not request.fork_session:
        return None
    return Resume("fork", request.session_id if request.session_id is not UNSET else None)


@hookimpl
def gateway_risk(request: EchoRequest) -> Risk:
    return Risk(_posture(request), bypass=request.permission == "anything")


def _posture(request: EchoRequest) -> Autonomy:
    return "ask" if request.permission is UNSET else POSTURES[request.permission]


@hookimpl
def gateway_launch(
    request: EchoRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    posture = _posture(request)
    allowed = posture if autonomy is None else lower(posture, autonomy)
    return Launch(
        args=(
            *PYTHON,
            *argv(request, resume, installed),
            *(("--permission", PERMISSIONS[allowed]) if allowed != "ask" else ()),
            *_continuation(resume),
            *((TempFile("mcp.json", msgspec.json.encode(servers), "--mcp-config="),) if servers else ()),
            OutFile("report.json", "--report="),
        ),
        stdin=prompt.encode(),
    )


def _continuation(resume: Resume) -> tuple[str, ...]:
    source = f"--resume={resume.session_id}" if resume.session_id else "--continue"
    match resume.mode:
        case "new":
            return (f"--session-id={resume.session_id}",) if resume.session_id else ()
        case "fork":
            return (source, "--fork")
    return (source,)


# while it runs


class _Line(Struct):
    """What is read of one line."""

    type: str = ""
    session: str | None = None
    model: str | None = None
    name: str = ""
    text: str = ""
    code: str = ""
    message: str = ""
    scope: Literal["request", "session"] = "request"
    tokens: dict[str, int] = {}
    stop: str | None = None


_line = msgspec.json.Decoder(_Line).decode


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for line in map(_line, frames):
        yield from _events(line)


def _events(line: _Line) -> Iterator[Event]:
    match line.type:
        case "start":
            yield Started(line.session, line.model)
        case "tool":
            yield ToolUsed(line.name)
        case "delta":
            yield TextDelta(line.text)
        case "message":
            yield Message(line.text)
        case "usage":
            usage = Usage(input_tokens=line.tokens.get("in"), output_tokens=line.tokens.get("out"))
            yield UsageReported(usage, line.scope)
        case "error":
            yield Failed(line.message, _ending(line.code))
        case "end":
            yield Finished(stop_reason=line.stop)


def _ending(code: str) -> Ending:
    if code == "session":
        return "session_unknown"
    if code in ENDINGS:
        return code
    return (
        ending_of_status(int(code))
        if len(code) == 3 and code.isascii() and code.isdigit()
        else "provider_error"
    )


# after it has ended


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished or exit.returncode != 0:
        said = exit.stderr_tail.strip() or f"Echo ended with status {exit.returncode}."
        ending: Ending = "cli_incompatible" if "unrecognized arguments" in said else "provider_error"
        return replace(outcome, ending=ending, error=said)
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")


@hookimpl
def gateway_session_log() -> JobFile:
    return JobFile("report.json")


class _Report(Struct):
    cached: int | None = None
    scope: Literal["request", "session"] = "request"


@hookimpl
def gateway_decode_log(data: bytes) -> Iterator[Event]:
    report = msgspec.json.decode(data, type=_Report)
    yield UsageReported(Usage(cache_read_tokens=report.cached), report.scope)


@hookimpl
def gateway_retry(request: EchoRequest, outcome: Outcome) -> EchoRequest | None:
    """A model that is gone: once more with the default."""
    known = outcome.ending == "model_unknown" and given(request.model)
    return replace(request, model=UNSET) if known else None


@hookimpl
def gateway_login(readings: Readings) -> Login:
    found = any(reading.found for reading in readings.values())
    return Login("logged_in" if found else "logged_out", "ECHO_KEY")
