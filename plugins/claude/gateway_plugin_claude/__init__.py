"""Claude Code, as of 2.1.330; 2.1.197 is spoken to as well."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Client,
    Command,
    Ending,
    Event,
    Exit,
    Failed,
    Finished,
    Flag,
    HostPath,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    McpServer,
    Message,
    Outcome,
    Package,
    ProviderInfo,
    Reading,
    Readings,
    Request,
    Resume,
    Risk,
    Started,
    TempFile,
    TextDelta,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
    argv,
    ending_of_status,
    given,
    hookimpl,
    lower,
    replace,
)
from gateway_plugin_claude.facts import CACHE, CATALOG, PRICED_AS_OF, PRICES


class Agent(Struct, frozen=True, kw_only=True):
    """A subagent that exists for this request."""

    description: Annotated[str, Meta(min_length=1)]
    prompt: Annotated[str, Meta(min_length=1)]
    tools: tuple[str, ...] | UnsetType = UNSET
    model: str | UnsetType = UNSET


Mode = Literal["default", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"]
POSTURES: dict[Mode, Autonomy] = {
    "plan": "read_only", "default": "ask", "dontAsk": "ask", "acceptEdits": "edit", "auto": "edit",
    "bypassPermissions": "full",
}  # fmt: skip
MODES: dict[Autonomy, Mode] = {
    "read_only": "plan", "ask": "default", "edit": "acceptEdits", "full": "bypassPermissions",
}  # fmt: skip


class ClaudeRequest(Request, kw_only=True):
    """Ask Claude Code, Anthropic's coding agent. It can read the working directory, run tools and edit files."""

    model: Annotated[
        str | UnsetType, Flag("--model", "equals"), Meta(description="Model or alias, such as opus, sonnet, haiku")
    ] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    continue_session: Annotated[bool, Meta(description="Continue the newest session of the directory")] = False
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False
    permission_mode: Annotated[Mode | UnsetType, Meta(description="What it may do without asking")] = UNSET
    dangerously_skip_permissions: Annotated[bool, Meta(description="Same as bypassPermissions")] = False
    allowed_tools: Annotated[tuple[str, ...], Flag("--allowed-tools", "repeat")] = ()
    disallowed_tools: Annotated[tuple[str, ...], Flag("--disallowed-tools", "repeat")] = ()
    add_dir: Annotated[
        tuple[str, ...], Flag("--add-dir", "equals"), HostPath(), Meta(description="More directories it may use")
    ] = ()
    agent: Annotated[str | UnsetType, Flag("--agent", "equals")] = UNSET
    agents: Annotated[
        dict[str, dict[str, Any]], Flag("--agents", "json"),
        Meta(description="Subagents by name: {description, prompt, tools?, model?}"),
    ] = {}  # fmt: skip
    system_prompt: Annotated[str | UnsetType, Flag("--system-prompt", "equals")] = UNSET
    append_system_prompt: Annotated[str | UnsetType, Flag("--append-system-prompt", "equals")] = UNSET
    exclude_dynamic_system_prompt_sections: Annotated[
        bool, Flag("--exclude-dynamic-system-prompt-sections")
    ] = False
    max_budget_usd: Annotated[float, Flag("--max-budget-usd"), Meta(gt=0)] | UnsetType = UNSET
    max_turns: Annotated[int, Flag("--max-turns", hidden=True), Meta(ge=1)] | UnsetType = UNSET
    effort: Annotated[Literal["low", "medium", "high", "xhigh", "max"] | UnsetType, Flag("--effort")] = UNSET
    fallback_model: Annotated[str | UnsetType, Flag("--fallback-model", "equals")] = UNSET
    json_schema: Annotated[
        dict[str, Any], Flag("--json-schema", "json"), Meta(description="JSON Schema of the answer")
    ] = {}
    strict_mcp_config: Annotated[
        bool, Flag("--strict-mcp-config"), Meta(description="Only mcpServers, and all of them")
    ] = False

    def __post_init__(self) -> None:
        if given(self.system_prompt) and given(self.append_system_prompt):
            raise InvalidRequest(
                "systemPrompt and appendSystemPrompt are mutually exclusive; use one or the other (not both)."
            )
        for name, agent in self.agents.items():
            try:
                msgspec.convert(agent, Agent)
            except msgspec.ValidationError as error:
                raise InvalidRequest(f'Invalid agent definition for "{name}": {error}') from None


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
            isolates_mcp=True,
            takes_mcp_servers=True,
            json_schema=True,
        ),
        session_id=r"[A-Za-z0-9][\w .-]*",
        formats={"text": "answer", "json": "document", "stream-json": "answer"},
        prompt_limit=10_000_000,
        mentions=r"(?<!\w)@(?=[\w~./\"'\\])",
        env=(
            "ANTHROPIC_*", "CLAUDE_*", "API_TIMEOUT_MS", "MAX_THINKING_TOKENS", "BASH_*_TIMEOUT_MS", "IS_SANDBOX",
            "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "AWS_REGION", "AWS_PROFILE",
            "AWS_BEARER_TOKEN_BEDROCK", "CLOUD_ML_REGION", "VERTEX_REGION_*",
        ),  # fmt: skip
        secrets=(r"sk-ant-[\w-]{10,}",),
        install=("npm install -g @anthropic-ai/claude-code",),
        login="Run `claude` and then `/login`, or set ANTHROPIC_API_KEY.",
        docs="https://code.claude.com/docs",
        base_flags=(
            "-p", "--verbose", "--output-format", "--include-partial-messages", "--permission-mode", "--session-id",
            "--resume", "--continue", "--fork-session", "--mcp-config",
        ),  # fmt: skip
        latest=Package("npm", "@anthropic-ai/claude-code"),
        catalog=CATALOG,
        prices=PRICES,
        priced_as_of=PRICED_AS_OF,
        cache=CACHE,
        client=Client(
            names=("claude-code",),
            call_limit=120.0,
            markers=(
                "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_EXECPATH",
                "CLAUDE_CODE_SSE_PORT", "CLAUDE_PROJECT_DIR", "AI_AGENT",
            ),
        ),  # fmt: skip
        login_probes=(Command(("auth", "status", "--json")),),
    )


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
    return {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_MAX_RETRIES": environ.get("CLAUDE_CODE_MAX_RETRIES", "3")}


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
    return Launch(
        args=(
            "-p", "--output-format=stream-json", "--verbose", "--include-partial-messages",
            *argv(request, resume, installed),
            *_permissions(_mode(request), autonomy),
            *_continuation(resume),
            *((TempFile("mcp.json", _mcp_config(servers), "--mcp-config="),) if servers else ()),
        ),
        stdin=text.encode(),
    )  # fmt: skip


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


class _Block(Struct):
    type: str = ""
    text: str = ""
    name: str = ""
    input: dict[str, Any] = {}
    thinking: str = ""


class _Message(Struct):
    content: list[_Block] | str = []
    model: str = ""


class _Delta(Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""


class _Partial(Struct):
    type: str = ""
    delta: _Delta = msgspec.field(default_factory=_Delta)


class _Tokens(Struct):
    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    output_tokens_details: dict[str, Any] | None = None


class _ModelUsage(Struct, rename="camel"):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cost_usd: float = msgspec.field(default=0.0, name="costUSD")


class _Line(Struct):
    """What is read of one line of stream-json. The order of its keys is not stable."""

    type: str = ""
    subtype: str = ""
    session_id: str | None = None
    model: str | None = None
    parent_tool_use_id: str | None = None
    message: _Message | str | None = None
    event: _Partial | None = None
    error: str | None = None
    attempt: int = 0
    max_retries: int = 0
    is_error: bool = False
    api_error_status: int | None = None
    result: str | None = None
    errors: list[str] = []
    stop_reason: str | None = None
    total_cost_usd: float | None = None
    result_index: int | None = None
    usage: _Tokens | None = None
    model_usage: dict[str, _ModelUsage] = msgspec.field(default_factory=dict, name="modelUsage")
    model_usage_since_last_result: dict[str, _ModelUsage] | None = None
    permission_denials: list[dict[str, Any]] = []


_decode = msgspec.json.Decoder(_Line).decode


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for line in map(_decode, frames):
        if line.parent_tool_use_id is None:
            yield from _events(line)


def _events(line: _Line) -> Iterator[Event]:
    match line.type:
        case "system":
            yield from _system(line)
        case "stream_event" if line.event is not None:
            yield from _delta(line.event.delta)
        case "assistant" if isinstance(line.message, _Message):
            yield from _assistant(line.message, line.error)
        case "result":
            yield from _result(line)


def _system(line: _Line) -> Iterator[Event]:
    match line.subtype:
        case "init":
            yield Started(line.session_id, line.model)
        case "api_retry":
            yield Warned(f"The API failed ({line.error}); try {line.attempt} of {line.max_retries}.")
        case "permission_denied" if isinstance(line.message, str):
            yield Warned(line.message)


def _delta(delta: _Delta) -> Iterator[Event]:
    match delta.type:
        case "text_delta":
            yield TextDelta(delta.text)
        case "thinking_delta":
            yield Thinking(delta.thinking)


def _assistant(message: _Message, error: str | None) -> Iterator[Event]:
    if message.model == "<synthetic>" or isinstance(message.content, str):
        return
    for block in message.content:
        match block.type:
            case "text":
                yield Message(block.text)
            case "tool_use":
                yield ToolUsed(block.name, _detail(block.input))


def _detail(arguments: dict[str, Any]) -> str:
    for name in ("command", "file_path", "pattern", "url", "query", "description", "prompt"):
        if isinstance(value := arguments.get(name), str):
            return value
    return ""


def _result(line: _Line) -> Iterator[Event]:
    yield Started(line.session_id)
    yield UsageReported(_usage(line))
    if line.permission_denials:
        names = sorted({str(denial.get("tool_name")) for denial in line.permission_denials})
        yield Warned(f"Not allowed, and so not done: {', '.join(names)}. A wider permissionMode would allow it.")
    if line.is_error or line.subtype.startswith("error"):
        message = line.result or "; ".join(line.errors) or line.subtype
        yield Failed(message, _ending(line, message))
        yield Finished(stop_reason=line.stop_reason)
        return
    yield Finished(line.result, line.stop_reason)


def _usage(line: _Line) -> Usage:
    recent = line.model_usage_since_last_result
    models = line.model_usage if recent is None else recent
    cost = line.total_cost_usd if line.result_index is None else None
    if recent is not None:
        # Since 2.1.330 total_cost_usd runs on over resumes; this table is the run's own.
        cost = sum(model.cost_usd for model in recent.values())
    tokens = line.usage or _Tokens()
    if not tokens.input_tokens and not tokens.output_tokens and line.result_index is None:
        # After a budget stop `usage` is all zero and only the table by model is true (2.1.197).
        tokens = _summed(models)
    elif recent is not None and not tokens.output_tokens:
        tokens = _summed(recent)
    details = tokens.output_tokens_details or {}
    return Usage(
        input_tokens=tokens.input_tokens + tokens.cache_creation_input_tokens + tokens.cache_read_input_tokens,
        output_tokens=tokens.output_tokens,
        cache_read_tokens=tokens.cache_read_input_tokens,
        cache_write_tokens=tokens.cache_creation_input_tokens,
        reasoning_tokens=details.get("thinking_tokens"),
        cost_usd=cost,
    )


def _summed(models: Mapping[str, _ModelUsage]) -> _Tokens:
    total = models.values()
    return _Tokens(
        input_tokens=sum(model.input_tokens for model in total),
        output_tokens=sum(model.output_tokens for model in total),
        cache_read_input_tokens=sum(model.cache_read_input_tokens for model in total),
        cache_creation_input_tokens=sum(model.cache_creation_input_tokens for model in total),
    )


# after it has ended

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("Not logged in", "auth_required"),
    ("Invalid API key", "auth_required"),
    ("OAuth token", "auth_required"),
    ("No conversation found", "session_unknown"),
    ("Prompt is too long", "input_too_large"),
    ("exceeds 10MB", "input_too_large"),
    ("Request too large", "input_too_large"),
    ("issue with the selected model", "model_unknown"),
    ("usage limit", "quota_exhausted"),
    ("hit your limit", "quota_exhausted"),
    ("Credit balance", "quota_exhausted"),
    ("cannot be used with root", "permission_denied"),
    ("unknown option", "cli_incompatible"),
    ("Invalid session ID", "input_invalid"),
    ("is already in use", "input_invalid"),
    ("Invalid MCP configuration", "input_invalid"),
    ("unable to respond to this request", "refused"),
)
SUBTYPES: dict[str, Ending] = {"error_max_turns": "truncated", "error_max_budget_usd": "truncated"}


def _ending(line: _Line, message: str) -> Ending:
    if line.subtype in SUBTYPES:
        return SUBTYPES[line.subtype]
    if line.stop_reason == "refusal":
        return "refused"
    said = _said(message)
    if said is None and line.api_error_status:
        return ending_of_status(line.api_error_status)
    return said or "provider_error"


def _said(text: str) -> Ending | None:
    return next((ending for words, ending in SAYINGS if words in text), None)


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished:
        said = exit.stderr_tail.strip()
        return replace(
            outcome,
            ending=_said(said) or "provider_error",
            error=said or f"Claude Code ended with status {exit.returncode} and without a result.",
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
