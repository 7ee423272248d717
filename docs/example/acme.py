"""Acme Code, an invented CLI, as a provider that implements every hook once.

It is made for reading. `gateway plugins new NAME` writes a smaller one to start from.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    Command,
    Event,
    Exit,
    Failed,
    Finding,
    Finished,
    Flag,
    HomeFile,
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
    Started,
    TempFile,
    TextDelta,
    ToolUsed,
    Usage,
    UsageReported,
    argv,
    chosen,
    ending_of_status,
    given,
    hookimpl,
    lower,
    replace,
)

gateway_api = 1

Mode = Literal["look", "work", "anything"]
POSTURES: dict[Mode, Autonomy] = {"look": "read_only", "work": "edit", "anything": "full"}
MODES: dict[Autonomy, Mode] = {"read_only": "look", "ask": "look", "edit": "work", "full": "anything"}


class AcmeRequest(Request, frozen=True, kw_only=True):
    """Ask Acme Code, which answers with the prompt in capitals."""

    model: Annotated[str | UnsetType, Flag("--model", "equals"), Meta(description="large or small")] = UNSET
    effort: Annotated[Literal["low", "high"] | UnsetType, Flag("--effort", since="2.0")] = UNSET
    allowed_tools: Annotated[tuple[str, ...], Flag("--allow", "repeat")] = ()
    mode: Annotated[Mode, Meta(description="What it may do without asking")] = "look"
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False
    output_format: Literal["text", "json"] = "text"


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="acme",
        title="Acme Code",
        executable="acme",
        request=AcmeRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}), streams=True, takes_mcp_servers=True
        ),
        session_id=r"acme-[0-9a-f]{8}",
        env=("ACME_*",),
        secrets=(r"acme-key-\w{16,}",),
        install=("npm install -g acme-code",),
        login="Run `acme login`, or set ACME_KEY.",
        docs="https://acme.example/docs",
        help=(Command(("run", "--help")),),
        base_flags=("--json", "--mode", "--resume", "--continue", "--fork", "--mcp-config", "--usage-file"),
        catalog=Catalog(models={"large": "Hard problems"}, aliases={"best": "large"}, default="large"),
        prices=(Price(models="large", input_usd=3, output_usd=15, cache_read_usd=0.3),),
        priced_as_of="2026-11-01",
        login_probes=(Command(("auth", "status")),),
        model_probes=(Command(("models",)),),
        check_probes=(HomeFile("config.toml", root_variable="ACME_HOME", folder=".acme"),),
    )


@hookimpl
def gateway_resume(request: AcmeRequest) -> Resume | None:
    if request.create_new_session or not request.fork_session:
        return None
    return Resume("fork", chosen(request.session_id, "") or None)


@hookimpl
def gateway_launch(
    request: AcmeRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    asked = POSTURES[request.mode]
    allowed = asked if autonomy is None else lower(asked, autonomy)
    return Launch(
        args=(
            "run",
            "--json",
            f"--mode={MODES[allowed]}",
            *argv(request, resume, installed),
            *_continuation(resume),
            *((TempFile("mcp.json", msgspec.json.encode(servers), "--mcp-config="),) if servers else ()),
            OutFile("usage.json", "--usage-file="),
        ),
        stdin=prompt.encode(),
    )


def _continuation(resume: Resume) -> tuple[str, ...]:
    source = f"--resume={resume.session_id}" if resume.session_id else "--continue"
    return {"new": (), "latest": ("--continue",), "id": (source,), "fork": (source, "--fork")}[resume.mode]


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {"ACME_TELEMETRY": environ.get("ACME_TELEMETRY", "off")}


@hookimpl
def gateway_risk(request: AcmeRequest) -> Risk:
    return Risk(POSTURES[request.mode], bypass=request.mode == "anything")


class _Line(Struct):
    """What is read of one line; whatever else it holds is ignored."""

    type: str = ""
    session: str | None = None
    model: str | None = None
    text: str = ""
    status: int = 500


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
            yield ToolUsed(line.text)
        case "delta":
            yield TextDelta(line.text)
        case "answer":
            yield Message(line.text)
        case "error":
            yield Failed(line.text, ending_of_status(line.status))
        case "end":
            yield Finished()


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished:
        said = exit.stderr_tail.strip() or f"Acme Code ended with status {exit.returncode}."
        return replace(outcome, ending="provider_error", error=said)
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")


@hookimpl
def gateway_session_log() -> JobFile:
    return JobFile("usage.json")


class _Tokens(Struct):
    input: int | None = None
    output: int | None = None
    cached: int | None = None


@hookimpl
def gateway_decode_log(data: bytes) -> Iterator[Event]:
    tokens = msgspec.json.decode(data, type=_Tokens)
    yield UsageReported(
        Usage(input_tokens=tokens.input, output_tokens=tokens.output, cache_read_tokens=tokens.cached)
    )


@hookimpl
def gateway_retry(request: AcmeRequest, outcome: Outcome) -> AcmeRequest | None:
    gone = outcome.ending == "model_unknown" and given(request.model)
    return replace(request, model=UNSET) if gone else None


@hookimpl
def gateway_document(outcome: Outcome) -> Mapping[str, Any]:
    return {"answer": outcome.text, "session": outcome.session_id}


@hookimpl
def gateway_login(readings: Readings) -> Login | None:
    for reading in readings.values():
        if reading.found and reading.returncode is not None:
            return Login("logged_in" if reading.returncode == 0 else "logged_out", reading.text.strip())
    return None


@hookimpl
def gateway_catalog(provider: ProviderInfo, readings: Readings) -> Catalog | None:
    lines = [line for reading in readings.values() for line in reading.text.splitlines()]
    models = {
        name.strip(): words.strip() for name, sign, words in (line.partition(":") for line in lines) if sign
    }
    return replace(provider.catalog, models=models, source="cli") if models else None


@hookimpl
def gateway_upgrade(target: str) -> Command:
    return Command(("upgrade", target), timeout=300.0)


@hookimpl
def gateway_checks(readings: Readings) -> Iterator[Finding]:
    if any("telemetry = true" in reading.text for reading in readings.values()):
        yield Finding("Acme Code", "Its configuration sends telemetry.", "Set telemetry = false.")
