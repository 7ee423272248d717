"""opencode: what it is started with, and what its output is taken to mean."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import Exit, Installed, InvalidRequest, Launch, Login, McpServer, Outcome, Reading, Resume, Risk
from gateway.testing.bench import Bench
from gateway.testing.conformance import Conformance

PLUGIN = "gateway_plugin_opencode"
BENCH = Bench(PLUGIN)
OPENCODE = BENCH.provider
TRANSCRIPTS = Path(__file__).parent / "transcripts"
HELP = (TRANSCRIPTS / "help" / "run_help.txt").read_text()
TODAY = Installed("1.18.33", frozenset(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", HELP)))
ID = "ses_e00ea66a7ffe8vRsDGLEl98J7D"
SERVERS = (
    McpServer(name="filing", command="mcp-filing", args=("-r",), env={"KEY": "1"}),
    McpServer(name="calling", url="https://example.org/mcp", headers={"A": "b"}),
)


class TestConformance(Conformance):
    """What every plugin must pass."""

    provider = "opencode"
    plugin = PLUGIN
    transcripts = TRANSCRIPTS
    secret_samples = ("sk-not-a-real-key-0123456789",)


def launch(arguments: dict[str, Any], autonomy: Any = None, servers: Any = ()) -> Launch:
    return BENCH.launch(arguments, autonomy=autonomy, servers=servers, installed=TODAY)


def argv(*more: str) -> list[str]:
    return ["run", "--format=json", "--print-logs", "--log-level=ERROR", *more]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"model": "a/b"}, ["--model=a/b"]),
        ({"agent": "-x"}, ["--agent=-x"]),
        ({"variant": "high"}, ["--variant=high"]),
        ({"attachments": ["/a b", "/c"]}, ["--file=/a b", "--file=/c"]),
        ({"title": "t"}, ["--title=t"]),
        ({"title": "t", "sessionId": ID}, [f"--session={ID}"]),
        ({"resumeLatest": True}, ["--continue"]),
        ({"sessionId": ID, "forkSession": True}, [f"--session={ID}", "--fork"]),
        ({"forkSession": True}, ["--continue", "--fork"]),
        ({"sessionId": ID, "forkSession": True, "createNewSession": True}, []),
        ({"permissionMode": "auto"}, ["--auto"]),
        ({"permissionMode": "plan"}, ["--pure"]),
    ],
)
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], expected: list[str]) -> None:
    assert list(launch(arguments).args) == argv(*expected)


@pytest.mark.parametrize(
    ("asked", "autonomy", "permissions"),
    [
        ("default", None, {"edit": "ask", "bash": "ask"}),
        ("default", "full", {"edit": "ask", "bash": "ask"}),
        ("edit", None, {"edit": "allow", "bash": "ask"}),
        ("auto", "edit", {"edit": "allow", "bash": "ask"}),
        ("auto", "ask", {"edit": "ask", "bash": "ask"}),
    ],
)
def test_permissions_are_those_of_the_posture_and_no_project_gives_them_back(
    asked: str, autonomy: Any, permissions: dict[str, str]
) -> None:
    environ = launch({"permissionMode": asked}, autonomy).env
    assert (msgspec.json.decode(environ["OPENCODE_PERMISSION"]), len(environ)) == (permissions, 2)
    assert environ["OPENCODE_DISABLE_PROJECT_CONFIG"] == "1"


def test_a_run_that_only_reads_is_denied_everything_else() -> None:
    started = launch({"permissionMode": "auto"}, "read_only", SERVERS)
    permissions = msgspec.json.decode(started.env["OPENCODE_PERMISSION"])
    assert list(started.args) == argv("--pure")
    assert next(iter(permissions.items())) == ("*", "deny")
    assert {name for name, word in permissions.items() if word == "allow"} == {
        "read", "grep", "glob", "list", "webfetch", "websearch",
    }  # fmt: skip
    assert started.warnings == ("mcpServers was not passed on: the run may only read.",)
    assert "OPENCODE_CONFIG_CONTENT" not in started.env


def test_a_run_that_may_do_anything_is_the_users_own() -> None:
    assert dict(launch({"permissionMode": "auto"}).env) == {}


def test_servers_are_named_in_the_environment() -> None:
    environ = launch({"permissionMode": "auto"}, servers=SERVERS).env
    assert msgspec.json.decode(environ["OPENCODE_CONFIG_CONTENT"]) == {
        "mcp": {
            "filing": {"type": "local", "command": ["mcp-filing", "-r"], "environment": {"KEY": "1"}},
            "calling": {"type": "remote", "url": "https://example.org/mcp", "headers": {"A": "b"}},
        }
    }


def test_a_prompt_of_nothing_is_refused_for_the_cli_would_print_its_help() -> None:
    with pytest.raises(InvalidRequest):
        launch({"prompt": " \n"})


def test_posture_is_that_of_the_mode() -> None:
    modes = ("plan", "default", "edit", "auto")
    assert [OPENCODE.risk(BENCH.request({"permissionMode": mode})) for mode in modes] == [
        Risk("read_only"),
        Risk("ask"),
        Risk("edit"),
        Risk("full", bypass=True),
    ]


def test_help_instead_of_an_answer_is_told_as_what_it_is() -> None:
    ended = Exit(returncode=1, stderr_tail=HELP)
    judged = OPENCODE.judge(BENCH.request(), Resume(), Outcome(ending="ok", exit=ended), ended)
    assert (judged.ending, str(judged.error)[:30]) == ("cli_incompatible", "opencode printed its help: the")


def test_it_does_not_replace_itself_unless_that_is_wanted() -> None:
    assert OPENCODE.environ({}) == {"OPENCODE_DISABLE_AUTOUPDATE": "1"}


def test_a_login_shows_in_its_file() -> None:
    found = dict.fromkeys(OPENCODE.info.login_probes, Reading(found=True))
    assert OPENCODE.login(found) == Login("logged_in", "~/.local/share/opencode/auth.json")


def test_models_are_those_it_lists() -> None:
    text = "opencode/big-pickle\nmock/mock-1\nsome words\n"
    listed = dict.fromkeys(OPENCODE.info.model_probes, Reading(found=True, text=text, returncode=0))
    assert list(OPENCODE.catalog(listed).models) == ["opencode/big-pickle", "mock/mock-1"]
