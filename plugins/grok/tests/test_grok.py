"""Grok CLI: what is passed to the CLI, and all that every plugin must pass."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import (
    Command,
    Exit,
    Installed,
    InvalidRequest,
    Launch,
    McpServer,
    Outcome,
    Reading,
    Resume,
    Risk,
    TempFile,
    Usage,
    Warned,
)
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.rules.flags import withheld
from gateway.rules.prompt import defuse
from gateway.rules.schema import json_schema
from gateway.testing.conformance import Conformance
from gateway.testing.transcripts import Replay, listed_flags, read_help, read_transcripts

PLUGIN = "gateway_plugin_grok"
PROVIDER = load(only=[PLUGIN]).provider("grok")
TRANSCRIPTS = Path(__file__).parent / "transcripts"
TODAY = Installed("1.0.41", listed_flags("\n".join(read_help(TRANSCRIPTS).values())))
ID = "5f0c1c52-7f0a-4c6e-9d39-2b1f6d2f4e10"
FRESH = "00000001-0000-4000-8000-000000000000"
ALWAYS = (TempFile("prompt.md", b"hello", "--prompt-file="), "--output-format=streaming-json")
DEFAULT = ("--permission-mode=default",)
READ_ONLY = (
    "--permission-mode=plan", "--deny=Bash", "--deny=Edit", "--deny=MCPTool",
    "--disallowed-tools=run_terminal_cmd,write,search_replace,send_feedback",
)  # fmt: skip
EDIT = ("--permission-mode=acceptEdits", "--allow=Edit(./**)")
AUTO = ("--permission-mode=auto",)
FULL = ("--permission-mode=bypassPermissions",)


class TestGrok(Conformance):
    provider = "grok"
    plugin = PLUGIN
    transcripts = TRANSCRIPTS
    secret_samples = ("xai-0123456789abcdefghijABCDEFGHIJ",)


def request(**arguments: Any) -> Any:
    return accept({"prompt": "hello", **arguments}, PROVIDER.info.request)[0]


def launch(
    prompt: str = "hello", *, resume: Resume | None = None, autonomy: Any = None, **arguments: Any
) -> Launch:
    return PROVIDER.launch(request(**arguments), resume or Resume(), prompt, autonomy, (), TODAY)


def argv(**how: Any) -> tuple[Any, ...]:
    """The arguments behind those that are always there."""
    args = launch(**how).args
    assert args[: len(ALWAYS)] == ALWAYS
    return args[len(ALWAYS) :]


SCHEMA = {"type": "object"}
PARAMETERS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, DEFAULT),
    ({"model": "grok-4.6"}, ("--model=grok-4.6", *DEFAULT)),
    ({"outputFormat": "plain"}, DEFAULT),
    ({"outputFormat": "json"}, DEFAULT),
    ({"outputFormat": "streaming-json"}, DEFAULT),
    ({"alwaysApprove": True}, FULL),
    ({"alwaysApprove": True, "permissionMode": "plan"}, FULL),
    ({"permissionMode": "default"}, DEFAULT),
    ({"permissionMode": "dontAsk"}, ("--permission-mode=dontAsk",)),
    ({"permissionMode": "plan"}, READ_ONLY),
    ({"permissionMode": "acceptEdits"}, EDIT),
    ({"permissionMode": "auto"}, AUTO),
    ({"permissionMode": "bypassPermissions"}, FULL),
    ({"effort": "low"}, ("--reasoning-effort=low", *DEFAULT)),
    ({"reasoningEffort": "-deep"}, ("--reasoning-effort=-deep", *DEFAULT)),
    ({"allowedTools": ["read_file", "grep"]}, (*DEFAULT, "--tools=read_file,grep")),
    ({"disallowedTools": ["write"]}, (*DEFAULT, "--disallowed-tools=write")),
    ({"maxTurns": 3}, ("--max-turns=3", *DEFAULT)),
    ({"rules": "-be brief"}, ("--rules=-be brief", *DEFAULT)),
    ({"systemPrompt": "--x"}, ("--system-prompt-override=--x", *DEFAULT)),
    ({"jsonSchema": SCHEMA}, ('--json-schema={"type":"object"}', *DEFAULT)),
]


@pytest.mark.parametrize(("arguments", "expected"), PARAMETERS)
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert argv(**arguments) == expected


SESSIONS: list[tuple[dict[str, Any], Resume, tuple[str, ...]]] = [
    ({}, Resume("new", FRESH), (f"--session-id={FRESH}",)),
    ({"sessionId": ID}, Resume("id", ID), (f"--resume={ID}",)),
    ({"resumeLatest": True}, Resume("latest"), ("--continue",)),
    ({"sessionId": ID, "resumeLatest": True}, Resume("id", ID), (f"--resume={ID}",)),
    ({"sessionId": ID, "forkSession": True}, Resume("fork", ID), (f"--resume={ID}", "--fork-session")),
    ({"resumeLatest": True, "forkSession": True}, Resume("fork"), ("--continue", "--fork-session")),
    ({"sessionId": ID, "createNewSession": True}, Resume("new", FRESH), (f"--session-id={FRESH}",)),
    (
        {"sessionId": ID, "forkSession": True, "createNewSession": True},
        Resume("new", FRESH),
        (f"--session-id={FRESH}",),
    ),
    ({"forkSession": True}, Resume("new", FRESH), (f"--session-id={FRESH}",)),
]


@pytest.mark.parametrize(("arguments", "resume", "expected"), SESSIONS)
def test_each_way_to_continue_becomes_its_flags(
    arguments: dict[str, Any], resume: Resume, expected: tuple[str, ...]
) -> None:
    assert PROVIDER.resume(request(**arguments), None, FRESH) == resume
    assert argv(resume=resume, **arguments) == (*DEFAULT, *expected)


@pytest.mark.parametrize("fork", [False, True])
def test_a_session_id_that_the_cli_would_look_up_as_a_title_is_refused(fork: bool) -> None:
    with pytest.raises(InvalidRequest, match="not a session id"):
        PROVIDER.resume(request(sessionId="latest", forkSession=fork), None, FRESH)


POSTURES = {
    "plan": Risk("read_only"),
    "default": Risk("ask"),
    "dontAsk": Risk("ask"),
    "acceptEdits": Risk("edit"),
    "auto": Risk("full"),
    "bypassPermissions": Risk("full", bypass=True),
}


@pytest.mark.parametrize(("mode", "risk"), POSTURES.items())
def test_each_permission_mode_is_a_posture(mode: str, risk: Risk) -> None:
    assert PROVIDER.risk(request(permissionMode=mode)) == risk


def test_the_default_asks_and_always_approve_is_a_bypass() -> None:
    assert PROVIDER.risk(request()) == Risk("ask")
    assert PROVIDER.risk(request(alwaysApprove=True)) == Risk("full", bypass=True)


DONT_ASK = ("--permission-mode=dontAsk",)
NARROWED = [
    (mode, autonomy, expected)
    for mode, row in {
        "plan": (READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY),
        "default": (READ_ONLY, DEFAULT, DEFAULT, DEFAULT),
        "dontAsk": (READ_ONLY, DONT_ASK, DONT_ASK, DONT_ASK),
        "acceptEdits": (READ_ONLY, DEFAULT, EDIT, EDIT),
        "auto": (READ_ONLY, DEFAULT, EDIT, AUTO),
        "bypassPermissions": (READ_ONLY, DEFAULT, EDIT, FULL),
    }.items()
    for autonomy, expected in zip(("read_only", "ask", "edit", "full"), row, strict=True)
]


@pytest.mark.parametrize(("mode", "autonomy", "expected"), NARROWED)
def test_a_gate_narrows_the_permission_mode(mode: str, autonomy: str, expected: tuple[str, ...]) -> None:
    assert argv(permissionMode=mode, autonomy=autonomy) == expected


def test_a_run_that_approves_always_is_narrowed_to_reading() -> None:
    assert argv(alwaysApprove=True, autonomy="read_only") == READ_ONLY


def test_a_read_only_run_keeps_its_rules_beside_the_callers_tools() -> None:
    assert argv(permissionMode="plan", allowedTools=["write"], disallowedTools=["Bash(ls *)", "web_search"]) == (
        *READ_ONLY[:-1], "--tools=write", "--deny=Bash(ls *)", f"{READ_ONLY[-1]},web_search",
    )  # fmt: skip


TOOLS = [
    ("run_terminal_command", "run_terminal_cmd"),
    ("run_terminal_cmd", "run_terminal_cmd"),
    ("spawn_subagent", "task"),
    ("get_command_or_subagent_output", "get_task_output"),
    ("kill_command_or_subagent", "kill_task"),
    ("Bash", "run_terminal_cmd"),
    ("Read", "read_file"),
    ("Edit", "search_replace"),
]


@pytest.mark.parametrize(("said", "passed"), TOOLS)
def test_a_tool_is_passed_by_the_id_that_the_lists_of_the_cli_know(said: str, passed: str) -> None:
    assert argv(allowedTools=[said]) == (*DEFAULT, f"--tools={passed}")
    assert argv(disallowedTools=[said]) == (*DEFAULT, f"--disallowed-tools={passed}")


def test_two_names_of_one_tool_are_passed_once() -> None:
    assert argv(allowedTools=["Bash", "run_terminal_command"]) == (*DEFAULT, "--tools=run_terminal_cmd")


@pytest.mark.parametrize("field", ["allowedTools", "disallowedTools"])
@pytest.mark.parametrize(
    "name", ["no_such_tool", "RUN_TERMINAL_CMD", "read_file,write", "--yolo", "", "alpha__poke"]
)
def test_a_tool_that_would_lift_the_restriction_is_refused(field: str, name: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        argv(**{field: ["read_file", name]})


def test_a_rule_denies_and_is_never_an_allowance() -> None:
    assert argv(disallowedTools=["Bash(rm *)", "Agent(explore)", "MCPTool(alpha__*)"]) == (
        *DEFAULT, "--deny=Bash(rm *)", "--deny=MCPTool(alpha__*)", "--disallowed-tools=Agent(explore)",
    )  # fmt: skip
    with pytest.raises(InvalidRequest):
        argv(allowedTools=["Bash(rm *)"])


@pytest.mark.parametrize(
    "prompt", ["--version", "--yolo", "-hello", "resume", "help", " a \n", "@/etc/hostname"]
)
def test_a_prompt_is_in_its_file_byte_by_byte(prompt: str) -> None:
    started = launch(prompt)
    assert started.args[0] == TempFile("prompt.md", prompt.encode(), "--prompt-file=")
    assert started.args[1:] == (ALWAYS[1], *DEFAULT)
    assert started.stdin == b""


def test_a_prompt_of_which_the_model_would_see_an_excerpt_is_sent_as_it_is() -> None:
    assert launch("x" * 90_000).args[2:] == DEFAULT
    assert launch("x" * 90_001).args[2:] == ("--verbatim", *DEFAULT)


@pytest.mark.parametrize(
    "prompt", ["/config verbose=true", "/always-approve", " \n/compact", "\u00a0/feedback x"]
)
def test_a_prompt_that_begins_with_a_slash_is_no_command_of_the_cli(prompt: str) -> None:
    assert launch(prompt).args[0] == TempFile("prompt.md", b"\x1f" + prompt.encode(), "--prompt-file=")


MENTIONS = [
    "@/etc/passwd",
    "see @/x",
    "@ /x",
    "@\n/x",
    "@@/x",
    ",@/x",
    '"@/x',
    "[@/x",
    "\u3000@/x",
    "@../x",
    "_@/x",
]


@pytest.mark.parametrize("text", MENTIONS)
def test_a_mention_is_broken_behind_its_at_sign(text: str) -> None:
    assert defuse(text, PROVIDER.info.mentions) == text.replace("@", "@\u2060")


@pytest.mark.parametrize("text", ["dev@example.org", "a@ /x", "no mention"])
def test_an_at_sign_in_a_word_stays(text: str) -> None:
    assert defuse(text, PROVIDER.info.mentions) == text


def test_the_stronger_of_two_efforts_is_told() -> None:
    started = launch(effort="low", reasoningEffort="deep")
    assert "--reasoning-effort=deep" in started.args
    assert "--reasoning-effort=low" not in started.args
    assert started.warnings == (
        "effort was not passed on: it is the same flag as reasoningEffort, which wins.",
    )


def test_servers_of_the_request_are_told_to_be_left_out() -> None:
    server = McpServer(name="files", command="mcp-files")
    started = PROVIDER.launch(request(), Resume(), "hello", None, (server,), TODAY)
    assert started.args == launch().args
    assert [warning.split(":")[0] for warning in started.warnings] == ["mcpServers were not passed on"]


def test_a_flag_that_the_installed_cli_does_not_list_is_withheld_with_a_warning() -> None:
    asked, older = request(rules="x"), Installed("0.1.150", TODAY.flags - {"--rules"})
    started = PROVIDER.launch(asked, Resume(), "hello", None, (), older)
    assert started.args == (*ALWAYS, *DEFAULT)
    assert withheld(asked, Resume(), older) == (
        "rules was not passed on: the installed CLI (0.1.150) does not list --rules.",
    )


def test_a_restriction_is_passed_even_where_the_help_does_not_list_it() -> None:
    older = Installed("0.1.150", frozenset({"--prompt-file"}))
    assert PROVIDER.launch(request(), Resume(), "hello", "read_only", (), older).args == (*ALWAYS, *READ_ONLY)


@pytest.mark.parametrize("wrong", [{"maxTurns": 0}, {"effort": "extreme"}, {"permissionMode": "yolo"}])
def test_a_value_that_the_cli_would_reject_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        request(**wrong)


def test_the_environment_is_quiet_and_what_the_user_set_stays() -> None:
    quiet = {
        "GROK_DISABLE_AUTOUPDATER": "1",
        "GROK_TELEMETRY_TRACE_UPLOAD": "0",
        "GROK_TURN_SUMMARY": "0",
        "GROK_TURN_TRANSIENT_RETRY": "0",
    }
    assert PROVIDER.environ({}) == {**quiet, "GROK_CONFIG": '{"models":{"max_retries":3}}'}
    assert PROVIDER.environ({**quiet, "GROK_CONFIG_PATH": "/x"}) == {}
    assert PROVIDER.environ({"GROK_TURN_SUMMARY": "1", "GROK_CONFIG": "{}"}) == {
        "GROK_DISABLE_AUTOUPDATER": "1",
        "GROK_TELEMETRY_TRACE_UPLOAD": "0",
        "GROK_TURN_TRANSIENT_RETRY": "0",
    }


WARNED = {
    "asked_in_vain": ["Not allowed, and so not done: write."],
    "read_only_denied": ["Not allowed, and so not done: use_tool."],
    "shell": [],
}


@pytest.mark.parametrize(("name", "expected"), WARNED.items())
def test_a_refused_tool_is_told(name: str, expected: list[str]) -> None:
    replay = Replay(PROVIDER, next(each for each in read_transcripts(TRANSCRIPTS) if each.name == name))
    events = replay.events([replay.transcript.stdout])
    assert [event.message for event in events if isinstance(event, Warned)] == expected


STOPS = [
    ("refusal", "refused"),
    ("max_tokens", "truncated"),
    ("max_turn_requests", "truncated"),
    ("end_turn", "ok"),
]


@pytest.mark.parametrize(("reason", "ending"), STOPS)
def test_the_stop_reason_counts_more_than_status_0(reason: str, ending: str) -> None:
    exit = Exit(returncode=0)
    outcome = Outcome(ending="ok", exit=exit, text="x", finished=True, stop_reason=reason)
    assert PROVIDER.judge(request(), Resume(), outcome, exit).ending == ending


def test_a_turn_without_text_is_empty() -> None:
    exit = Exit(returncode=0)
    outcome = Outcome(ending="ok", exit=exit, finished=True, stop_reason="end_turn")
    assert PROVIDER.judge(request(), Resume(), outcome, exit).ending == "empty"


def test_the_document_has_the_shape_of_the_clis_own() -> None:
    usage = Usage(
        input_tokens=1234, output_tokens=10, cache_read_tokens=1000, cache_write_tokens=0, reasoning_tokens=3,
        cost_usd=0.001234,
    )  # fmt: skip
    outcome = Outcome(
        ending="ok", exit=Exit(returncode=0), text="pong", session_id=ID, usage=usage, stop_reason="end_turn"
    )
    tokens = {
        "input_tokens": 234,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 0,
        "output_tokens": 10,
        "reasoning_tokens": 3,
        "total_tokens": 1244,
    }
    assert PROVIDER.document(outcome) == {
        "text": "pong",
        "stopReason": "end_turn",
        "sessionId": ID,
        "usage": tokens,
        "total_cost_usd": 0.001234,
    }


MODELS = "\n\nDefault model: grok-4.6\n\nAvailable models:\n  * grok-4.6 (default)\n  - grok-4.5\n"
LOGINS = [
    ("You are using XAI_API_KEY.", "logged_in"),
    ("You are logged in with grok.com.", "logged_in"),
    ("You are not authenticated.", "logged_out"),
    ("Error: no network", "unknown"),
]


@pytest.mark.parametrize(("said", "state"), LOGINS)
def test_the_list_of_models_tells_the_login(said: str, state: str) -> None:
    readings = {Command(("models",)): Reading(found=True, text=said + MODELS, returncode=0)}
    assert PROVIDER.login(readings).state == state


def test_the_catalog_is_the_clis_own_list() -> None:
    catalog = PROVIDER.catalog({Command(("models",)): Reading(found=True, text="You are …" + MODELS)})
    assert (list(catalog.models), catalog.default, catalog.source) == (
        ["grok-4.6", "grok-4.5"],
        "grok-4.6",
        "cli",
    )
    assert PROVIDER.catalog({}) == PROVIDER.info.catalog


def test_an_upgrade_is_the_clis_own_command() -> None:
    command = PROVIDER.upgrade("1.0.42", {})
    assert command is not None
    assert command.args == ("update", "--version=1.0.42")


def test_the_schema_costs_less_than_650_tokens() -> None:
    assert len(msgspec.json.encode(json_schema(PROVIDER.info.request))) / 4 < 650


def test_no_other_providers_session_ids_are_taken() -> None:
    assert re.fullmatch(PROVIDER.info.session_id, ID)
    assert not re.fullmatch(PROVIDER.info.session_id, "session_1")
