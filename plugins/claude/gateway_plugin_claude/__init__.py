"""Claude Code, as of 2.1.330; 2.1.197 is spoken to as well."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from gateway import (
    Autonomy,
    Capabilities,
    Command,
    Event,
    Exit,
    Installed,
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
    TempFile,
    argv,
    hookimpl,
    lower,
    replace,
)
from gateway_plugin_claude.facts import BASE_FLAGS, CACHE, CATALOG, CLIENT, DESKTOP, ENV, PRICED_AS_OF, PRICES
from gateway_plugin_claude.request import MODES, POSTURES, ClaudeRequest, Mode
from gateway_plugin_claude.stream import events, said


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="claude",
        title="Claude Code",
        executable="claude",
        request=ClaudeRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}),
            streams=True,
            chooses_session_id=True,
            resumes_anywhere=False,
            marks_cache=True,
            isolates_mcp=True,
            takes_mcp_servers=True,
            json_schema=True,
        ),
        session_id=r"[A-Za-z0-9][\w .-]*",
        formats={"text": "answer", "json": "document", "stream-json": "answer"},
        prompt_limit=10_000_000,
        mentions=r"(?<!\w)@(?=[\w~./\"'\\])",
        env=ENV,
        secrets=(r"sk-ant-[\w-]{10,}",),
        install=("npm install -g @anthropic-ai/claude-code",),
        login="Run `claude` and then `/login`, or set ANTHROPIC_API_KEY.",
        docs="https://code.claude.com/docs",
        base_flags=BASE_FLAGS,
        latest=Package("npm", "@anthropic-ai/claude-code"),
        catalog=CATALOG,
        prices=PRICES,
        priced_as_of=PRICED_AS_OF,
        cache=CACHE,
        client=CLIENT,
        clients={"claude-desktop": DESKTOP},
        login_probes=(Command(("auth", "status", "--json")),),
    )  # fmt: skip


# before the process


@hookimpl
def gateway_resume(request: ClaudeRequest, fresh_id: str) -> Resume:
    if request.create_new_session:
        return Resume("new", fresh_id)
    if request.session_id is not UNSET:
        return Resume("fork" if request.fork_session else "id", request.session_id)
    if request.continue_session or request.resume_latest:
        return Resume("fork" if request.fork_session else "latest")
    return Resume("new", fresh_id)


@hookimpl
def gateway_risk(request: ClaudeRequest) -> Risk:
    mode = _mode(request)
    return Risk(POSTURES[mode], bypass=mode == "bypassPermissions")


def _mode(request: ClaudeRequest) -> Mode:
    if request.permission_mode is not UNSET:
        return request.permission_mode
    return "bypassPermissions" if request.dangerously_skip_permissions else "default"


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    # Its own default is ten retries of everything, wrong keys included: 90 seconds of silence (2.1.330).
    return {
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_MAX_RETRIES": environ.get("CLAUDE_CODE_MAX_RETRIES", "3"),
    }


@hookimpl
def gateway_launch(
    request: ClaudeRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    # A prompt that begins with a slash is a command of the CLI, one that changes its settings even.
    text = f" {prompt}" if prompt.startswith("/") else prompt
    marked = _marked(request, text)
    return Launch(
        args=(
            "-p", "--output-format=stream-json", "--verbose", "--include-partial-messages",
            *(("--input-format=stream-json",) if marked else ()),
            *argv(request, resume, installed),
            *_isolation(request),
            *_permissions(_mode(request), autonomy),
            *_continuation(resume),
            *((TempFile("mcp.json", _mcp_config(servers), "--mcp-config="),) if servers else ()),
        ),
        stdin=marked or text.encode(),
    )  # fmt: skip


def _isolation(request: ClaudeRequest) -> tuple[str, ...]:
    """Under managed approval only the MCP servers that were looked at."""
    managed = request.approval_strategy == "mcp_managed" and not request.strict_mcp_config
    return ("--strict-mcp-config",) if managed else ()


def _marked(request: ClaudeRequest, text: str) -> bytes:
    """The prompt as one message whose stable head carries a cache mark; empty: no mark was asked for."""
    if request.cache_prefix is UNSET or request.prompt_parts is UNSET:
        return b""
    task = request.prompt_parts.task
    stable, rest = text[: -len(task) - 2], text[-len(task) - 2 :]
    mark = {"type": "ephemeral"} | ({"ttl": "1h"} if request.cache_prefix == "1h" else {})
    blocks = [{"type": "text", "text": stable, "cache_control": mark}, {"type": "text", "text": rest}]
    message = {"type": "user", "message": {"role": "user", "content": blocks}}
    return msgspec.json.encode(message) + b"\n" if stable else b""


def _permissions(mode: Mode, autonomy: Autonomy | None) -> tuple[str, ...]:
    if autonomy is not None and lower(autonomy, POSTURES[mode]) != POSTURES[mode]:
        mode = MODES[autonomy]
    return () if mode == "default" else ("--permission-mode", mode)


def _continuation(resume: Resume) -> tuple[str, ...]:
    source = f"--resume={resume.session_id}" if resume.session_id else "--continue"
    match resume.mode:
        case "new":
            return (f"--session-id={resume.session_id}",) if resume.session_id else ()
        case "fork":
            return (source, "--fork-session")
    return (source,)


def _mcp_config(servers: Sequence[McpServer]) -> bytes:
    return msgspec.json.encode({"mcpServers": {server.name: _mcp_server(server) for server in servers}})


def _mcp_server(server: McpServer) -> dict[str, Any]:
    if server.url:
        return {"type": "http", "url": server.url, "headers": server.headers}
    return {"command": server.command, "args": server.args, "env": server.env}


# while it runs


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    return events(frames)


# after it has ended


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished:
        told = exit.stderr_tail.strip()
        return replace(
            outcome,
            ending=said(told) or "provider_error",
            error=told or f"Claude Code ended with status {exit.returncode} and without a result.",
        )
    if outcome.stop_reason == "refusal":
        return replace(outcome, ending="refused")
    if outcome.stop_reason == "max_tokens":
        return replace(outcome, ending="truncated")
    return outcome if outcome.text.strip() else replace(outcome, ending="empty")


@hookimpl
def gateway_document(outcome: Outcome) -> dict[str, Any]:
    usage = outcome.usage
    return {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": outcome.text,
        "session_id": outcome.session_id,
        "stop_reason": outcome.stop_reason,
        "total_cost_usd": usage.cost_usd,
        "usage": {
            "input_tokens": usage.input_tokens,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": usage.cache_write_tokens,
            "output_tokens": usage.output_tokens,
        },
    }


class _AuthStatus(Struct, rename="camel"):
    logged_in: bool = False
    auth_method: str = ""


@hookimpl
def gateway_login(readings: Readings) -> Login:
    reading: Reading = next(iter(readings.values()), Reading(found=False))
    try:
        status = msgspec.json.decode(reading.text, type=_AuthStatus)
    except msgspec.DecodeError:
        return Login("unknown")
    return Login("logged_in" if status.logged_in else "logged_out", status.auth_method)


@hookimpl
def gateway_upgrade(target: str) -> Command:
    return Command(("update",) if target == "latest" else ("install", target), timeout=600.0)
