"""Gemini CLI, as of 0.61.0."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gateway import (
    Autonomy,
    Capabilities,
    Catalog,
    Event,
    Exit,
    Finding,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    Outcome,
    Package,
    ProviderInfo,
    Readings,
    Refused,
    Resume,
    Risk,
    TempFile,
    TooLarge,
    argv,
    chosen,
    hookimpl,
    replace,
)
from gateway_plugin_gemini import settings
from gateway_plugin_gemini.facts import CATALOG, CLIENT, ENV, LOGINS, POLICIES, SETTINGS
from gateway_plugin_gemini.request import POSTURES, GeminiRequest, mode_of
from gateway_plugin_gemini.stream import UNASKED, decode, ending_of, events, sentence


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="gemini",
        title="Gemini CLI",
        executable="gemini",
        request=GeminiRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id"}),
            streams=True,
            chooses_session_id=True,
            resumes_anywhere=False,
            isolates_mcp=True,
            images=True,
        ),
        # A bare number would be an index into the CLI's list of sessions.
        session_id=r"(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_-]*",
        formats={"text": "answer", "json": "document", "stream-json": "lines"},
        # The CLI cuts its input at 8 MiB; the difference is room for the words of attachments.
        prompt_limit=8_000_000,
        # The CLI's own pattern, to the end of the path: a word joiner right behind the @ is undone by `/../`.
        mentions=r'(?<!\\)@(?:"[^"]*"|\\[^\n\r]|[^ \t\n\r,;!?()\[\]{}.]|\.(?![ \t\n\r]|\Z))+',
        env=ENV,
        secrets=(r"AIza[\w-]{20,}", r"AQ\.[\w-]{20,}", r"ya29\.[\w.-]{20,}", r"1//0[\w-]{20,}"),
        install=("npm install -g @google/gemini-cli",),
        login="Run `gemini` once and choose how to log in, or set GEMINI_API_KEY.",
        docs="https://geminicli.com/docs",
        base_flags=("--output-format", "--approval-mode", "--session-id", "--resume"),
        latest=Package("npm", "@google/gemini-cli"),
        catalog=CATALOG,
        client=CLIENT,
        login_probes=tuple(LOGINS),
        model_probes=(SETTINGS,),
        check_probes=(SETTINGS,),
    )


# before the process


@hookimpl
def gateway_resume(request: GeminiRequest) -> Resume | None:
    latest = request.session_id == "latest" and not request.create_new_session
    return Resume("latest") if latest else None


@hookimpl
def gateway_risk(request: GeminiRequest) -> Risk:
    mode = mode_of(request, None)
    return Risk(POSTURES[mode], bypass=mode == "yolo")


@hookimpl
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    # An untrusted directory ends a headless run with status 55; the launcher swallows SIGTERM (0.61.0).
    quiet = {"GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_CLI_NO_RELAUNCH": "true"}
    return {name: environ.get(name, value) for name, value in quiet.items()}


@hookimpl
def gateway_launch(
    request: GeminiRequest, resume: Resume, prompt: str, autonomy: Autonomy | None, installed: Installed
) -> Launch:
    mode = mode_of(request, autonomy)
    posture = POSTURES[mode]
    taken, warnings = _narrowed(request, posture)
    opened = _opened(taken)
    if opened:
        warnings += (f"The run may use the directories of its attachments: {', '.join(opened)}.",)
    policy, lacking = _policy(taken, posture, installed)
    return Launch(
        args=(
            "--output-format=stream-json",
            f"--approval-mode={mode}",
            *argv(taken, resume, installed),
            *(f"--include-directories={directory}" for directory in opened),
            *policy,
            *_continuation(resume),
        ),
        stdin=_input(taken, prompt).encode(),
        # A container does not see the policy. The variable also overrules a sandbox of the user's settings.
        env={"GEMINI_SANDBOX": "false"} if posture == "read_only" else {},
        warnings=warnings + lacking,
    )


NO_SERVER = "no-server"
"""Allowed to be started, so that no other is: not even those of the project."""


def _narrowed(request: GeminiRequest, posture: Autonomy) -> tuple[GeminiRequest, tuple[str, ...]]:
    """The request without what a run that only reads must not be given."""
    if posture != "read_only":
        open_door = (
            "In the sandbox the model may leave its approvalMode: the policy against it is not seen there."
        )
        return request, (open_door,) if request.sandbox and posture != "full" else ()
    dropped = {
        "allowedTools was not passed on: the run may only read.": request.allowed_tools,
        "mcpServers was not passed on: a run that may only read starts no MCP server.": request.mcp_servers,
        "sandbox was not passed on: the policy of a run that only reads is not seen inside.": request.sandbox,
    }
    warnings = tuple(warning for warning, asked in dropped.items() if asked)
    return replace(request, allowed_tools=(), sandbox=False, mcp_servers=(NO_SERVER,)), warnings


def _opened(request: GeminiRequest) -> tuple[str, ...]:
    """The directories of attachments that are not below a directory the request names: elsewhere the CLI skips them."""
    known = [
        f"{path.rstrip('/')}/" for path in (chosen(request.working_dir, ""), *request.include_dirs) if path
    ]
    strange = [path for path in request.attachments if not path.startswith(tuple(known))]
    opened = tuple(dict.fromkeys(path.rpartition("/")[0] for path in strange))
    for directory in opened:
        if not directory or "," in directory:
            raise InvalidRequest(
                f"attachments: the CLI cannot be given the directory {directory or '/'}.",
                hint="Move the file.",
            )
    return opened


def _policy(
    request: GeminiRequest, posture: Autonomy, installed: Installed
) -> tuple[tuple[str | TempFile, ...], tuple[str, ...]]:
    """The arguments that hold the model to its mode, and a warning where the CLI is too old for them."""
    policy = POLICIES.get(posture)
    if policy is None:
        return (), ()
    if not installed.has("--admin-policy"):
        if posture == "read_only":
            raise Refused("This version of Gemini CLI cannot be kept from writing.", hint="Upgrade it.")
        return (), ("This version of the CLI cannot be held to its approvalMode: the model may leave it.",)
    admin = TempFile("policy.toml", policy, "--admin-policy=")
    if posture != "read_only":
        return (admin,), ()
    # Where the machine has policies of its own the CLI ignores --admin-policy. With --policy alone it would
    # forget those of the user.
    users = () if request.policy_files else ("--policy=~/.gemini/policies",)
    return (admin, *users, TempFile("policy.toml", policy, "--policy=")), ()


def _continuation(resume: Resume) -> tuple[str, ...]:
    match resume.mode:
        case "id":
            return (f"--resume={resume.session_id}",)
        case "latest":
            return ("--resume=latest",)
    return (f"--session-id={resume.session_id}",) if resume.session_id else ()


MOST_IN_SANDBOX = 120_000


def _input(request: GeminiRequest, prompt: str) -> str:
    words = [f"@{_ESCAPED.sub(_escape, path)}" for path in request.attachments]
    text = " ".join((*words, prompt))
    if request.sandbox and len(text.encode()) > MOST_IN_SANDBOX:
        raise TooLarge(f"In the sandbox the CLI takes {MOST_IN_SANDBOX:,} bytes.", hint="Shorten the prompt.")
    # A slash begins a command of the CLI: /init even writes a file. The sandbox is handed the input as an argument.
    return f" {text}" if text.startswith("/") or (request.sandbox and text.startswith("-")) else text


_ESCAPED = re.compile(r"[^\w/.-]|\.$")


def _escape(match: re.Match[str]) -> str:
    return "\\" + match[0]


# while it runs


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for line in map(decode, frames):
        yield from events(line)


# after it has ended


@hookimpl
def gateway_judge(resume: Resume, outcome: Outcome, exit: Exit) -> Outcome:
    outcome = replace(outcome, warnings=(*outcome.warnings, *_seen(resume, exit.stderr_tail)))
    if outcome.ending == "provider_error":
        return replace(outcome, ending=ending_of(exit))
    if outcome.ending != "ok":
        return outcome
    if not outcome.finished:
        said = sentence(exit.stderr_tail) if exit.returncode else ""
        told = f"Gemini CLI ended with status {exit.returncode} and without a result."
        return replace(outcome, ending=ending_of(exit), error=said or told)
    if outcome.text.strip():
        return outcome
    if outcome.stop_reason == UNASKED and not outcome.warnings:
        told = "Gemini CLI asked no model and said nothing, as it does when the input is larger than the model takes."
        return replace(outcome, ending="input_too_large", error=told)
    return replace(outcome, ending="empty")


def _seen(resume: Resume, stderr: str) -> Iterator[str]:
    """What the caller should know and only stderr tells."""
    if resume.mode == "latest" and "No previous sessions found" in stderr:
        yield "There was no session to continue in this directory; a new one was begun."
    if "Ignoring --admin-policy" in stderr:
        yield "The machine's own policies replace ours: a model that may enter plan mode can leave its approvalMode."
    if "project-level hooks have been detected" in stderr:
        yield "Hooks of the project were run, which no approvalMode holds back: see its .gemini/settings.json."


@hookimpl
def gateway_document(outcome: Outcome) -> dict[str, Any]:
    usage = outcome.usage
    tokens = {
        "prompt": usage.input_tokens,
        "candidates": usage.output_tokens,
        "cached": usage.cache_read_tokens,
    }
    return {
        "session_id": outcome.session_id,
        "response": outcome.text,
        "stats": {"models": {outcome.model or "unknown": {"tokens": tokens}}},
    }


# care and feeding


@hookimpl
def gateway_login(readings: Readings) -> Login:
    for probe, name in LOGINS.items():
        if probe in readings and readings[probe].found:
            return Login("logged_in", name)
    return Login("unknown", "No key and no login were found; one in the system's keychain would not show.")


@hookimpl
def gateway_catalog(readings: Readings) -> Catalog:
    try:
        model = settings.read(readings[SETTINGS].text).model
    except (KeyError, msgspec.DecodeError):
        return CATALOG
    name = model if isinstance(model, str) else model.name
    if not name:
        return CATALOG
    models = {**CATALOG.models, name: CATALOG.models.get(name, "The model of your settings")}
    return replace(CATALOG, models=models, default=name, source="config")


@hookimpl
def gateway_checks(readings: Readings) -> Iterator[Finding]:
    reading = readings[SETTINGS]
    if reading.found:
        yield from settings.findings(reading.text)
