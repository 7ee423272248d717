"""Claude Code: what is passed to the CLI, and all that every plugin must pass."""

from pathlib import Path
from typing import Any

import pytest

from gateway import Installed, InvalidRequest, McpServer, Resume, TempFile
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.rules.flags import withheld
from gateway.testing.conformance import Conformance

PLUGIN = "gateway_plugin_claude"
PROVIDER = load(only=[PLUGIN]).provider("claude")
ALWAYS = ("-p", "--output-format=stream-json", "--verbose", "--include-partial-messages")
ID = "5f0c1c52-7f0a-4c6e-9d39-2b1f6d2f4e10"
FRESH = "00000001-0000-4000-8000-000000000000"


class TestClaude(Conformance):
    provider = "claude"
    plugin = PLUGIN
    transcripts = Path(__file__).parent / "transcripts"
    secret_samples = ("sk-ant-api03-abcdefghijklmnop",)


def request(**arguments: Any) -> Any:
    return accept({"prompt": "hello", **arguments}, PROVIDER.info.request)[0]


def argv(*, resume: Resume | None = None, autonomy: Any = None, **arguments: Any) -> tuple[Any, ...]:
    """The arguments behind those that are always there."""
    launch = PROVIDER.launch(request(**arguments), resume or Resume(), "hello", autonomy, (), Installed())
    assert launch.args[: len(ALWAYS)] == ALWAYS
    return launch.args[len(ALWAYS) :]


AGENTS = {"tester": {"description": "Tests", "prompt": "You test."}}
PARAMETERS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"model": "opus"}, ("--model=opus",)),
    ({"outputFormat": "json"}, ()),
    ({"outputFormat": "stream-json"}, ()),
    ({"permissionMode": "default"}, ()),
    ({"permissionMode": "acceptEdits"}, ("--permission-mode", "acceptEdits")),
    ({"dangerouslySkipPermissions": True}, ("--permission-mode", "bypassPermissions")),
    ({"dangerouslySkipPermissions": True, "permissionMode": "plan"}, ("--permission-mode", "plan")),
    ({"allowedTools": ["Read", "Bash(ls *)"]}, ("--allowed-tools", "Read", "--allowed-tools", "Bash(ls *)")),
    ({"disallowedTools": ["Bash"]}, ("--disallowed-tools", "Bash")),
    ({"addDir": ["/srv/a", "/srv/b"]}, ("--add-dir=/srv/a", "--add-dir=/srv/b")),
    ({"agent": "reviewer"}, ("--agent=reviewer",)),
    ({"agents": AGENTS}, ('--agents={"tester":{"description":"Tests","prompt":"You test."}}',)),
    ({"systemPrompt": "-x"}, ("--system-prompt=-x",)),
    ({"appendSystemPrompt": "Be brief."}, ("--append-system-prompt=Be brief.",)),
    ({"excludeDynamicSystemPromptSections": True}, ("--exclude-dynamic-system-prompt-sections",)),
    ({"maxBudgetUsd": 0.5}, ("--max-budget-usd", "0.5")),
    ({"maxTurns": 3}, ("--max-turns", "3")),
    ({"effort": "xhigh"}, ("--effort", "xhigh")),
    ({"fallbackModel": "haiku,sonnet"}, ("--fallback-model=haiku,sonnet",)),
    ({"jsonSchema": {"type": "object"}}, ('--json-schema={"type":"object"}',)),
    ({"strictMcpConfig": True}, ("--strict-mcp-config",)),
]


@pytest.mark.parametrize(("arguments", "expected"), PARAMETERS, ids=lambda value: "-".join(value) or "none")
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert argv(**arguments) == expected


SESSIONS: list[tuple[dict[str, Any], Resume, tuple[str, ...]]] = [
    ({}, Resume("new", FRESH), (f"--session-id={FRESH}",)),
    ({"sessionId": ID}, Resume("id", ID), (f"--resume={ID}",)),
    ({"resumeLatest": True}, Resume("latest"), ("--continue",)),
    ({"continueSession": True}, Resume("latest"), ("--continue",)),
    ({"sessionId": ID, "resumeLatest": True}, Resume("id", ID), (f"--resume={ID}",)),
    ({"sessionId": ID, "forkSession": True}, Resume("fork", ID), (f"--resume={ID}", "--fork-session")),
    ({"resumeLatest": True, "forkSession": True}, Resume("fork"), ("--continue", "--fork-session")),
    ({"sessionId": ID, "createNewSession": True}, Resume("new", FRESH), (f"--session-id={FRESH}",)),
]


@pytest.mark.parametrize(("arguments", "resume", "expected"), SESSIONS)
def test_each_way_to_continue_becomes_its_flags(
    arguments: dict[str, Any], resume: Resume, expected: tuple[str, ...]
) -> None:
    assert PROVIDER.resume(request(**arguments), None, FRESH) == resume
    assert argv(resume=resume, **arguments) == expected


NARROWED = [
    ("bypassPermissions", "read_only", "plan"),
    ("bypassPermissions", "ask", None),
    ("bypassPermissions", "edit", "acceptEdits"),
    ("bypassPermissions", "full", "bypassPermissions"),
    ("acceptEdits", "read_only", "plan"),
    ("acceptEdits", "ask", None),
    ("acceptEdits", "full", "acceptEdits"),
    ("auto", "edit", "auto"),
    ("dontAsk", "full", "dontAsk"),
    ("dontAsk", "read_only", "plan"),
    ("default", "read_only", "plan"),
    ("default", "full", None),
    ("plan", "full", "plan"),
]


@pytest.mark.parametrize(("mode", "autonomy", "expected"), NARROWED)
def test_a_gate_narrows_the_permission_mode(mode: str, autonomy: str, expected: str | None) -> None:
    passed = () if expected is None else ("--permission-mode", expected)
    assert argv(permissionMode=mode, autonomy=autonomy) == passed


def test_a_prompt_that_begins_with_a_slash_is_no_command_of_the_cli() -> None:
    launch = PROVIDER.launch(request(), Resume(), "/config verbose=true", None, (), Installed())
    assert launch.stdin == b" /config verbose=true"


def test_mcp_servers_travel_in_a_private_file() -> None:
    servers = [
        McpServer(name="files", command="mcp-files", args=("--root", "/srv"), env={"KEY": "x"}),
        McpServer(name="web", url="https://example.org/mcp", headers={"X-Key": "y"}),
    ]
    launch = PROVIDER.launch(request(), Resume(), "hello", None, servers, Installed())
    content = (
        b'{"mcpServers":{"files":{"command":"mcp-files","args":["--root","/srv"],"env":{"KEY":"x"}},'
        b'"web":{"type":"http","url":"https://example.org/mcp","headers":{"X-Key":"y"}}}}'
    )
    assert launch.args[len(ALWAYS) :] == (TempFile("mcp.json", content, "--mcp-config="),)


def test_a_flag_that_the_installed_cli_does_not_list_is_withheld_with_a_warning() -> None:
    asked, older = request(effort="high"), Installed("2.0.0", frozenset({"-p", "--model"}))
    launch = PROVIDER.launch(asked, Resume(), "hello", None, (), older)
    assert "--effort" not in launch.args
    assert withheld(asked, Resume(), older) == (
        "effort was not passed on: the installed CLI (2.0.0) does not list --effort.",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"systemPrompt": "a", "appendSystemPrompt": "b"},
        {"agents": {"tester": {"description": "Tests"}}},
        {"agents": {"tester": {"description": "", "prompt": "x"}}},
        {"maxTurns": 0},
        {"maxBudgetUsd": 0},
        {"effort": "extreme"},
    ],
)
def test_a_request_that_the_cli_would_take_wrongly_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        request(**arguments)


@pytest.mark.parametrize("posture", ["read_only", "ask", "edit", "full"])
def test_a_bypass_is_told_only_for_the_widest_mode(posture: str) -> None:
    modes = {"read_only": "plan", "ask": "default", "edit": "acceptEdits", "full": "bypassPermissions"}
    risk = PROVIDER.risk(request(permissionMode=modes[posture]))
    assert (risk.autonomy, risk.bypass) == (posture, posture == "full")
