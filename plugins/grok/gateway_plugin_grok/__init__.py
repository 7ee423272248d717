"""Grok CLI, as of 1.0.41."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    Command,
    Event,
    Exit,
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
    TempFile,
    argv,
    given,
    hookimpl,
    lower,
    replace,
)
from gateway_plugin_grok.facts import (
    CATALOG,
    CLIENT,
    FEWER_RETRIES,
    MODES,
    POSTURES,
    REMOVED,
    RULE,
    RULES,
    SETTINGS,
    STOPS,
    SUBAGENTS,
    TOOLS,
    Mode,
)
from gateway_plugin_grok.output import decode, events, reason, spoken
from gateway_plugin_grok.request import GrokRequest

MODELS = Command(("models",))
MOST_SHOWN = 90_000
"""Bytes of a prompt that the CLI hands to the model as they are."""


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="grok",
        title="Grok CLI",
        executable="grok",
        request=GrokRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id", "fork"}),
            streams=True,
            chooses_session_id=True,
            json_schema=True,
        ),
        # Any other word is looked up as a title, on the network too.
        session_id=r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        formats={"plain": "answer", "json": "document", "streaming-json": "lines"},
        prompt_limit=30_000_000,
        mentions=r"(?<![A-Za-z0-9])@",
        env=("XAI_API_KEY", "GROK_*"),
        secrets=(r"\bxai-[A-Za-z0-9]{20,}",),
        install=("npm install -g @xai-official/grok",),
        login="Run `grok login`, or set XAI_API_KEY.",
        docs="https://docs.x.ai",
        base_flags=(
            "--prompt-file", "--output-format", "--permission-mode", "--allow", "--deny", "--tools",
            "--disallowed-tools", "--session-id", "--resume", "--continue", "--fork-session", "--verbatim",
        ),
        latest=Package("npm", "@xai-official/grok"),
        catalog=CATALOG,
        client=CLIENT,
        login_probes=(MODELS,),
        model_probes=(MODELS,),
    )  # fmt: skip


# before the process


@hookimpl
def gateway_resume(request: GrokRequest, provider: ProviderInfo) -> Resume | None:
    if request.create_new_session or not request.fork_session:
        return None
    if request.session_id is UNSET:
        return Resume("fork") if request.resume_latest else None
    if not re.fullmatch(provider.session_id, request.session_id):
        return None
    return Resume("fork", request.session_id)


@hookimpl
def gateway_risk(request: GrokRequest) -> Risk:
    mode = _mode(request)
    return Risk(POSTURES[mode], bypass=mode == "bypassPermissions")


def _mode(request: GrokRequest) -> Mode:
    if request.always_approve:
        return "bypassPermissions"
    return "default" if request.permission_mode is UNSET else request.permission_mode


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    own = "GROK_CONFIG" in environ or "GROK_CONFIG_PATH" in environ
    wanted = SETTINGS if own else {**SETTINGS, "GROK_CONFIG": FEWER_RETRIES}
    return {name: value for name, value in wanted.items() if name not in environ}


@hookimpl
def gateway_launch(
    request: GrokRequest,
    resume: Resume,
    prompt: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    installed: Installed,
) -> Launch:
    # A prompt that begins with a slash is a command of the CLI, which looks for it behind white space too. The
    # unit separator is none to it, and no word to the model.
    text = f"\x1f{prompt}" if prompt.lstrip().startswith("/") else prompt
    effort = request.reasoning_effort if given(request.reasoning_effort) else request.effort
    return Launch(
        args=(
            TempFile("prompt.md", text.encode(), "--prompt-file="),
            "--output-format=streaming-json",
            *_whole(text, installed),
            *argv(replace(request, reasoning_effort=effort), resume, installed),
            *_permissions(request, autonomy),
            *_continuation(resume),
        ),
        warnings=tuple(_warnings(request, servers)),
    )


def _whole(text: str, installed: Installed) -> tuple[str, ...]:
    """Of a longer prompt the model would be shown an excerpt, and told of a file that it may read (1.0.41)."""
    long = len(text.encode()) > MOST_SHOWN and installed.has("--verbatim")
    return ("--verbatim",) if long else ()


def _permissions(request: GrokRequest, autonomy: Autonomy | None) -> Iterator[str]:
    """The mode is always told, for one in the CLI's own configuration may be wider than the default."""
    mode = _mode(request)
    if autonomy is not None and lower(autonomy, POSTURES[mode]) != POSTURES[mode]:
        mode = MODES[autonomy]
    yield f"--permission-mode={mode}"
    yield from RULES.get(mode, ())
    if request.allowed_tools:
        yield f"--tools={_listed(request.allowed_tools, 'allowedTools')}"
    denied = request.disallowed_tools
    yield from (f"--deny={name}" for name in denied if re.fullmatch(RULE, name))
    removed = (*REMOVED.get(mode, ()), *(name for name in denied if not re.fullmatch(RULE, name)))
    if removed:
        yield f"--disallowed-tools={_listed(removed, 'disallowedTools')}"


def _listed(names: Sequence[str], field: str) -> str:
    """Tools by the ids of the CLI. It would ignore a name that it does not know, and with it a whole allow list."""
    known = dict(TOOLS)
    if field == "disallowedTools":
        known.update({name: name for name in names if re.fullmatch(SUBAGENTS, name)})
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidRequest(
            f"{field}: the CLI knows no tool {', '.join(map(repr, unknown))}, and would restrict nothing.",
            hint=f"Known are {', '.join(TOOLS)}.",
        )
    return ",".join(dict.fromkeys(known[name] for name in names))


def _continuation(resume: Resume) -> tuple[str, ...]:
    source = f"--resume={resume.session_id}" if resume.session_id else "--continue"
    match resume.mode:
        case "new":
            return (f"--session-id={resume.session_id}",) if resume.session_id else ()
        case "fork":
            return (source, "--fork-session")
    return (source,)


def _warnings(request: GrokRequest, servers: Sequence[McpServer]) -> Iterator[str]:
    if given(request.effort) and given(request.reasoning_effort):
        yield "effort was not passed on: it is the same flag as reasoningEffort, which wins."
    if servers:
        yield "mcpServers were not passed on: the CLI uses those of its own configuration only (`grok mcp add`)."


# while it runs


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for line in map(decode, frames):
        yield from events(line)


# after it has ended


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished or exit.returncode != 0:
        silent = f"Grok CLI ended with status {exit.returncode} and without a result."
        error, ending = reason(spoken(exit.stderr_tail) or silent)
        return replace(outcome, ending=ending, error=error)
    if outcome.stop_reason == "cancelled":
        error = "The run needed a permission that it did not have, and nobody could be asked."
        return replace(outcome, ending="permission_denied", error=error)
    ending = STOPS.get(outcome.stop_reason or "", "ok" if outcome.text.strip() else "empty")
    return replace(outcome, ending=ending)


@hookimpl
def gateway_document(outcome: Outcome) -> dict[str, Any]:
    usage = outcome.usage
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    full, written = usage.input_tokens, usage.output_tokens
    return {
        "text": outcome.text,
        "stopReason": outcome.stop_reason,
        "sessionId": outcome.session_id,
        "usage": {
            "input_tokens": None if full is None else full - cached,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": usage.cache_write_tokens,
            "output_tokens": written,
            "reasoning_tokens": usage.reasoning_tokens,
            "total_tokens": None if full is None or written is None else full + written,
        },
        "total_cost_usd": usage.cost_usd,
    }


# care and feeding


@hookimpl
def gateway_login(readings: Readings) -> Login:
    said = readings.get(MODELS, Reading(found=False)).text.strip()
    if "You are not authenticated" in said:
        return Login("logged_out")
    return Login("logged_in", said.splitlines()[0]) if said.startswith("You are") else Login("unknown")


@hookimpl
def gateway_catalog(readings: Readings) -> Catalog | None:
    said = readings.get(MODELS, Reading(found=False)).text
    listed = re.findall(r"^  ([*-]) (\S+)", said, re.MULTILINE)
    if not listed:
        return None
    models = {name: CATALOG.models.get(name, "") for _, name in listed}
    return Catalog(
        models=models, default=next((name for star, name in listed if star == "*"), None), source="cli"
    )


@hookimpl
def gateway_upgrade(target: str) -> Command:
    return Command(("update", f"--version={target}"), timeout=600.0)
