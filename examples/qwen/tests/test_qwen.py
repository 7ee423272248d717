"""Qwen Code: what it is started with, and what its output is taken to mean."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import (
    HomeFile,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    McpServer,
    Reading,
    Resume,
    Risk,
    TempFile,
)
from gateway.testing.bench import Bench
from gateway.testing.conformance import Conformance

PLUGIN = "gateway_plugin_qwen"
BENCH = Bench(PLUGIN)
QWEN = BENCH.provider
TRANSCRIPTS = Path(__file__).parent / "transcripts"
HELP = (TRANSCRIPTS / "help" / "help.txt").read_text()
TODAY = Installed("0.15.10", frozenset(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", HELP)))
NEW = Resume("new", "11111111-2222-4333-8444-555555555555")


class TestConformance(Conformance):
    """What every plugin must pass."""

    provider = "qwen"
    plugin = PLUGIN
    transcripts = TRANSCRIPTS
    secret_samples = ("sk-not-a-real-key-0123456789",)


def launch(
    arguments: dict[str, Any], resume: Resume = NEW, autonomy: Any = None, servers: Any = ()
) -> Launch:
    return BENCH.launch(arguments, resume, autonomy=autonomy, servers=servers, installed=TODAY)


def argv(mode: str, *more: str, last: str = f"--session-id={NEW.session_id}") -> list[str]:
    return [
        "--output-format=stream-json",
        "--include-partial-messages",
        f"--approval-mode={mode}",
        *more,
        last,
    ]


EXCLUDED = [
    f"--exclude-tools={tool}"
    for tool in ("edit", "write_file", "run_shell_command", "monitor", "exit_plan_mode")
]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"model": "-m"}, ["--model=-m"]),
        ({"allowedTools": ["a", "b"]}, ["--allowed-tools=a", "--allowed-tools=b"]),
        ({"disallowedTools": ["a"]}, ["--exclude-tools=a"]),
        ({"includeDirs": ["/d e"]}, ["--include-directories=/d e"]),
        ({"maxTurns": 3}, ["--max-session-turns=3"]),
        (
            {"systemPrompt": "--x", "appendSystemPrompt": "y"},
            ["--system-prompt=--x", "--append-system-prompt=y"],
        ),
        ({"outputFormat": "json"}, []),
    ],
)
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], expected: list[str]) -> None:
    assert list(launch(arguments).args) == argv("default", *expected)


@pytest.mark.parametrize(
    ("resume", "last"),
    [
        (NEW, f"--session-id={NEW.session_id}"),
        (Resume("latest"), "--continue"),
        (Resume("id", "abc"), "--resume=abc"),
    ],
)
def test_a_session_is_begun_or_continued(resume: Resume, last: str) -> None:
    assert list(launch({}, resume).args) == argv("default", last=last)


@pytest.mark.parametrize(
    ("asked", "autonomy", "mode"),
    [
        ("default", "edit", "default"),
        ("auto-edit", "ask", "default"),
        ("yolo", None, "yolo"),
        ("yolo", "edit", "auto-edit"),
    ],
)
def test_autonomy_only_ever_narrows_the_mode(asked: str, autonomy: str | None, mode: str) -> None:
    assert list(launch({"approvalMode": asked}, autonomy=autonomy).args) == argv(mode)


def test_a_run_that_only_reads_has_no_tool_that_writes_and_no_server() -> None:
    asked = {"approvalMode": "yolo", "allowedTools": ["edit"], "disallowedTools": ["web_fetch"]}
    started = launch(asked, autonomy="read_only", servers=(McpServer(name="filing", command="x"),))
    names = ["--exclude-tools=web_fetch", *EXCLUDED, "--allowed-mcp-server-names=no-server"]
    assert list(started.args) == argv("plan", *names)
    assert [warning.split()[0] for warning in started.warnings] == ["allowedTools", "mcpServers"]
    assert list(launch({"approvalMode": "plan"}).args) == argv("plan", *EXCLUDED, names[-1])


def test_no_command_of_a_projects_settings_is_run_where_a_run_only_reads() -> None:
    files = [launch({"approvalMode": mode}).env_files for mode in ("plan", "default")]
    assert [list(each) for each in files] == [["QWEN_CODE_SYSTEM_SETTINGS_PATH"], []]
    settings = msgspec.json.decode(files[0]["QWEN_CODE_SYSTEM_SETTINGS_PATH"].content)
    assert settings == {"disableAllHooks": True, "tools": {"discoveryCommand": "", "callCommand": ""}}


def test_servers_are_named_in_a_private_file() -> None:
    servers = (
        McpServer(name="filing", command="mcp-filing", args=("-r",), env={"KEY": "1"}),
        McpServer(name="calling", url="https://example.org/mcp", headers={"A": "b"}),
    )
    (file,) = [word for word in launch({}, servers=servers).args if isinstance(word, TempFile)]
    assert (file.before, msgspec.json.decode(file.content)) == (
        "--mcp-config=",
        {
            "mcpServers": {
                "filing": {"command": "mcp-filing", "args": ["-r"], "env": {"KEY": "1"}},
                "calling": {"httpUrl": "https://example.org/mcp", "headers": {"A": "b"}},
            }
        },
    )


@pytest.mark.parametrize(("prompt", "sent"), [("/stats", b" /stats"), ("a /b", b"a /b"), ("-p", b"-p")])
def test_a_prompt_is_never_a_command_of_the_cli(prompt: str, sent: bytes) -> None:
    assert launch({"prompt": prompt}).stdin == sent


@pytest.mark.parametrize("field", ["allowedTools", "disallowedTools", "includeDirs"])
def test_what_the_cli_would_cut_at_a_comma_is_refused(field: str) -> None:
    with pytest.raises(InvalidRequest):
        launch({field: ["/a,b"]})


def test_posture_is_that_of_the_mode() -> None:
    modes = ("plan", "default", "auto-edit", "yolo")
    assert [QWEN.risk(BENCH.request({"approvalMode": mode})) for mode in modes] == [
        Risk("read_only"),
        Risk("ask"),
        Risk("edit"),
        Risk("full", bypass=True),
    ]


def test_it_does_not_start_itself_twice_unless_that_is_wanted() -> None:
    assert QWEN.environ({}) == {"QWEN_CODE_NO_RELAUNCH": "true"}
    assert QWEN.environ({"QWEN_CODE_NO_RELAUNCH": ""}) == {"QWEN_CODE_NO_RELAUNCH": ""}


def test_a_login_shows_in_the_environment_or_in_a_file() -> None:
    nothing = dict.fromkeys(QWEN.info.login_probes, Reading(found=False))
    assert QWEN.login(nothing).state == "unknown"
    seen = {**nothing, QWEN.info.login_probes[1]: Reading(found=True)}
    assert QWEN.login(seen) == Login("logged_in", "~/.qwen/oauth_creds.json")


def test_the_model_of_the_users_settings_is_the_default() -> None:
    settings = HomeFile("settings.json", root_variable="QWEN_HOME", folder=".qwen")
    seen = QWEN.catalog({settings: Reading(found=True, text='{"model": {"name": "qwen9"}}')})
    assert (seen.default, seen.source, "qwen9" in seen.models) == ("qwen9", "config", True)
    for text in ("", "{}", "// a comment", "[]"):
        assert QWEN.catalog({settings: Reading(found=True, text=text)}) == QWEN.info.catalog
