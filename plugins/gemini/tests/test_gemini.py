"""Gemini CLI: what it is started with, and what its output is taken to mean."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway import (
    Exit,
    HomeFile,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    Reading,
    Refused,
    Resume,
    Risk,
    TempFile,
    TooLarge,
)
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.rules.flags import withheld
from gateway.rules.fold import Fold
from gateway.rules.prompt import defuse
from gateway.testing.conformance import Conformance

GEMINI = load(only=["gateway_plugin_gemini"]).providers["gemini"]
TRANSCRIPTS = Path(__file__).parent / "transcripts"
HELP = (TRANSCRIPTS / "help" / "help.txt").read_text()
TODAY = Installed("0.61.0", frozenset(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", HELP)))
OLDER = Installed("0.20.0", TODAY.flags - {"--admin-policy", "--policy"})
NEW = Resume("new", "11111111-2222-4333-8444-555555555555")
FIXED = 'toolName = ["enter_plan_mode", "exit_plan_mode"]\ndecision = "deny"'


class TestConformance(Conformance):
    """What every plugin must pass."""

    provider = "gemini"
    plugin = "gateway_plugin_gemini"
    transcripts = TRANSCRIPTS
    secret_samples = (
        "AIzaSy-not-a-real-key-0123456789",
        "AQ.not-a-real-key-0123456789",
        "ya29.not-a-real-token-0123456789",
        "1//0not-a-real-token-0123456789",
    )


def launch(
    arguments: dict[str, Any],
    resume: Resume = NEW,
    autonomy: Any = None,
    installed: Installed = TODAY,
) -> Launch:
    request, _ = accept({"prompt": "hello", **arguments}, GEMINI.info.request)
    return GEMINI.launch(request, resume, str(request.prompt), autonomy, (), installed)


def words(started: Launch) -> list[str]:
    return [word if isinstance(word, str) else f"{word.before}<{word.name}>" for word in started.args]


def argv(mode: str, *more: str, last: str = f"--session-id={NEW.session_id}") -> list[str]:
    policies = {
        "plan": ["--admin-policy=<policy.toml>", "--policy=~/.gemini/policies", "--policy=<policy.toml>"],
        "yolo": [],
    }
    policy = policies.get(mode, ["--admin-policy=<policy.toml>"])
    servers = ["--allowed-mcp-server-names=no-server"] if mode == "plan" else []
    return ["--output-format=stream-json", f"--approval-mode={mode}", *servers, *more, *policy, last]


def test_a_plain_prompt_starts_in_default_mode_with_an_id_of_ours() -> None:
    started = launch({})
    assert words(started) == argv("default")
    assert (started.stdin, started.env, started.warnings) == (b"hello", {}, ())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"model": "flash"}, ["--model=flash"]),
        ({"allowedTools": ["a", "b"]}, ["--allowed-tools", "a", "--allowed-tools", "b"]),
        ({"mcpServers": ["x", "-y"]}, ["--allowed-mcp-server-names=x", "--allowed-mcp-server-names=-y"]),
        ({"includeDirs": ["/d"]}, ["--include-directories=/d"]),
        ({"policyFiles": ["/p.toml"]}, ["--policy=/p.toml"]),
        ({"adminPolicyFiles": ["/p.toml"]}, ["--admin-policy=/p.toml"]),
        ({"outputFormat": "json"}, []),
        ({"sandbox": True}, ["--sandbox"]),
    ],
)
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], expected: list[str]) -> None:
    assert words(launch(arguments)) == argv("default", *expected)


@pytest.mark.parametrize(
    ("arguments", "resume", "last"),
    [
        ({}, NEW, f"--session-id={NEW.session_id}"),
        ({"sessionId": "abc-1"}, Resume("id", "abc-1"), "--resume=abc-1"),
        ({"sessionId": "latest"}, Resume("latest"), "--resume=latest"),
        ({"resumeLatest": True}, Resume("latest"), "--resume=latest"),
        ({"sessionId": "latest", "createNewSession": True}, NEW, f"--session-id={NEW.session_id}"),
    ],
)
def test_a_session_is_continued_as_it_was_asked(arguments: dict[str, Any], resume: Resume, last: str) -> None:
    request, _ = accept({"prompt": "hello", **arguments}, GEMINI.info.request)
    assert GEMINI.resume(request, None, str(NEW.session_id)) == resume
    assert words(launch(arguments, resume)) == argv("default", last=last)


def test_a_number_is_no_session_id_for_the_cli_would_count() -> None:
    request, _ = accept({"prompt": "hello", "sessionId": "5"}, GEMINI.info.request)
    with pytest.raises(InvalidRequest):
        GEMINI.resume(request, None, "unused")


@pytest.mark.parametrize(
    ("asked", "autonomy", "mode"),
    [
        (None, None, "default"),
        (None, "full", "default"),
        (None, "edit", "default"),
        (None, "read_only", "plan"),
        ("plan", None, "plan"),
        ("plan", "full", "plan"),
        ("auto_edit", None, "auto_edit"),
        ("auto_edit", "ask", "default"),
        ("auto_edit", "read_only", "plan"),
        ("yolo", None, "yolo"),
        ("yolo", "full", "yolo"),
        ("yolo", "edit", "auto_edit"),
        ("yolo", "ask", "default"),
        ("yolo", "read_only", "plan"),
    ],
)
def test_autonomy_only_ever_narrows_the_approval_mode(
    asked: str | None, autonomy: str | None, mode: str
) -> None:
    arguments = {} if asked is None else {"approvalMode": asked}
    assert words(launch(arguments, autonomy=autonomy)) == argv(mode)


@pytest.mark.parametrize(
    ("mode", "risk"),
    [
        ("plan", Risk("read_only")),
        ("default", Risk("ask")),
        ("auto_edit", Risk("edit")),
        ("yolo", Risk("full", bypass=True)),
    ],
)
def test_each_approval_mode_has_its_posture(mode: str, risk: Risk) -> None:
    request, _ = accept({"prompt": "hello", "approvalMode": mode}, GEMINI.info.request)
    assert GEMINI.risk(request) == risk


@pytest.mark.parametrize("mode", ["plan", "default", "auto_edit"])
def test_no_mode_but_yolo_lets_the_model_leave_it(mode: str) -> None:
    policies = [word for word in launch({"approvalMode": mode}).args if isinstance(word, TempFile)]
    assert policies
    assert all(FIXED in policy.content.decode() for policy in policies)


def test_a_run_that_only_reads_is_denied_writing_and_every_widening() -> None:
    started = launch(
        {"allowedTools": ["write_file"], "mcpServers": ["x"], "sandbox": True, "policyFiles": ["/p"]},
        autonomy="read_only",
    )
    policy = next(word.content.decode() for word in started.args if isinstance(word, TempFile))
    assert words(started) == [
        "--output-format=stream-json",
        "--approval-mode=plan",
        "--allowed-mcp-server-names=no-server",
        "--policy=/p",
        "--admin-policy=<policy.toml>",
        "--policy=<policy.toml>",
        f"--session-id={NEW.session_id}",
    ]
    assert '"write_file", "replace", "run_shell_command"' in policy
    assert started.env == {"GEMINI_SANDBOX": "false"}
    assert [warning.split()[0] for warning in started.warnings] == ["allowedTools", "mcpServers", "sandbox"]


def test_an_older_cli_is_not_given_flags_it_refuses() -> None:
    started = launch({"policyFiles": ["/p"]}, installed=OLDER)
    assert words(started) == [*argv("yolo")[:1], "--approval-mode=default", argv("yolo")[-1]]
    assert started.warnings == (
        "This version of the CLI cannot be held to its approvalMode: the model may leave it.",
    )
    request, _ = accept({"prompt": "hello", "policyFiles": ["/p"]}, GEMINI.info.request)
    assert withheld(request, NEW, OLDER) == (
        "policyFiles was not passed on: the installed CLI (0.20.0) does not list --policy.",
    )


def test_an_older_cli_that_cannot_be_kept_from_writing_does_not_run_read_only() -> None:
    with pytest.raises(Refused):
        launch({}, autonomy="read_only", installed=OLDER)


@pytest.mark.parametrize("prompt", ["--version", "--yolo", "-hello", "resume", "help", "a\nb é", "-"])
def test_a_prompt_arrives_byte_for_byte_and_never_as_an_argument(prompt: str) -> None:
    started = launch({"prompt": prompt})
    assert started.stdin == prompt.encode()
    assert words(started) == argv("default")


@pytest.mark.parametrize("prompt", ["/config verbose=true", "/init"])
def test_a_prompt_is_never_a_command_of_the_cli(prompt: str) -> None:
    assert launch({"prompt": prompt}).stdin == f" {prompt}".encode()


def test_in_the_sandbox_a_prompt_is_an_argument_and_must_not_look_like_a_flag() -> None:
    assert launch({"prompt": "-x", "sandbox": True}).stdin == b" -x"
    with pytest.raises(TooLarge):
        launch({"prompt": "x" * 130_000, "sandbox": True})


def test_attachments_are_named_before_the_prompt_and_their_directories_opened() -> None:
    started = launch({"attachments": ["/w/a.txt", "/o d/b (1).txt", "/o d/c."], "workingDir": "/w"})
    assert started.stdin == rb"@/w/a.txt @/o\ d/b\ \(1\).txt @/o\ d/c\. hello"
    assert words(started) == argv("default", "--include-directories=/o d")
    assert started.warnings == ("The run may use the directories of its attachments: /o d.",)


@pytest.mark.parametrize(
    "arguments",
    [
        {"attachments": ["relative.txt"]},
        {"attachments": ["/in-the-root.txt"]},
        {"includeDirs": ["/a,b"]},
        {"policyFiles": ["/a,b"]},
        {"mcpServers": [""]},
        {"allowedTools": ["--yolo"]},
        {"approvalMode": "bypass"},
    ],
)
def test_what_the_cli_would_misread_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        launch(arguments)


@pytest.mark.parametrize(
    ("prompt", "defused"),
    [
        ("see @a.txt.", "see @a.txt\u2060."),
        ("see @x/../a.txt ok", "see @x/../a.txt\u2060 ok"),
        ('@"a b" (@c)', '@"a b"\u2060 (@c\u2060)'),
        (r"@a\ b, \@c @", "@a\\ b\u2060, \\@c @"),
    ],
)
def test_the_path_of_a_mention_is_defused_at_its_end(prompt: str, defused: str) -> None:
    assert defuse(prompt, GEMINI.info.mentions) == defused


def test_the_environment_trusts_the_directory_and_leaves_what_the_user_set() -> None:
    assert GEMINI.environ({"GEMINI_CLI_TRUST_WORKSPACE": "false"}) == {
        "GEMINI_CLI_TRUST_WORKSPACE": "false",
        "GEMINI_CLI_NO_RELAUNCH": "true",
    }


@pytest.mark.parametrize(
    ("case", "resume", "warnings"),
    [
        ("new", NEW, ()),
        (
            "latest_without_session",
            Resume("latest"),
            ("There was no session to continue in this directory; a new one was begun.",),
        ),
        ("loop", NEW, ("Loop detected, stopping execution",)),
        (
            "project_hooks",
            NEW,
            (
                "Hooks of the project were run, which no approvalMode holds back: see its .gemini/settings.json.",
            ),
        ),
    ],
)
def test_what_the_cli_only_mumbles_becomes_a_warning(
    case: str, resume: Resume, warnings: tuple[str, ...]
) -> None:
    request, _ = accept({"prompt": "hello"}, GEMINI.info.request)
    ended = Exit(returncode=0, stderr_tail=(TRANSCRIPTS / f"{case}.stderr").read_text())
    fold = Fold()
    fold.feed(GEMINI.decode((TRANSCRIPTS / f"{case}.stdout").read_bytes().splitlines(), Launch(args=())))
    assert GEMINI.judge(request, resume, fold.outcome(ended), ended).warnings == warnings


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (144, "input_invalid"),
        (147, "auth_required"),
        (173, "quota_exhausted"),
        (247, "provider_error"),
        (53, "truncated"),
        (52, "provider_error"),
        (-9, "provider_error"),
    ],
)
def test_an_exit_code_is_read_as_the_status_it_stands_for(code: int, ending: str) -> None:
    request, _ = accept({"prompt": "hello"}, GEMINI.info.request)
    ended = Exit(returncode=code)
    assert GEMINI.judge(request, NEW, Fold().outcome(ended), ended).ending == ending


def test_a_try_that_failed_before_one_that_did_not_says_nothing_about_the_end() -> None:
    request, _ = accept({"prompt": "hello"}, GEMINI.info.request)
    ended = Exit(returncode=0, stderr_tail="Attempt 1 failed with status 429 RESOURCE_EXHAUSTED")
    assert GEMINI.judge(request, NEW, Fold().outcome(ended), ended).ending == "provider_error"


def test_garbage_on_stdout_is_noise() -> None:
    fold = Fold()
    fold.feed(
        GEMINI.decode(
            [b"not json", b'{"type":"message","role":"assistant","content":"a"}', b"7"], Launch(args=())
        )
    )
    assert fold.outcome(Exit(returncode=0)).text == "a"


def test_a_login_shows_in_the_environment_or_in_a_file() -> None:
    probes = GEMINI.info.login_probes
    nothing = {probe: Reading(found=False) for probe in probes}
    assert GEMINI.login(nothing).state == "unknown"
    assert GEMINI.login({**nothing, probes[0]: Reading(found=True)}) == Login(
        "logged_in", "API key of AI Studio"
    )


def test_the_model_of_the_users_settings_is_the_default() -> None:
    settings = HomeFile(".gemini/settings.json", root_variable="GEMINI_CLI_HOME")
    seen = GEMINI.catalog({settings: Reading(found=True, text='{"model": {"name": "gemini-9"}}')})
    assert (seen.default, seen.source, "gemini-9" in seen.models) == ("gemini-9", "config", True)
    for text in ("", "{}", "// a comment", "[]"):
        assert GEMINI.catalog({settings: Reading(found=True, text=text)}) == GEMINI.info.catalog


def test_comments_in_the_settings_are_no_hindrance() -> None:
    settings = HomeFile(".gemini/settings.json", root_variable="GEMINI_CLI_HOME")
    text = '{\n  // mine "\n  "model": {"name": "a//b"} /* so */\n}'
    assert GEMINI.catalog({settings: Reading(found=True, text=text)}).default == "a//b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"mcpServers": {"a": {}}, "mcp": {"allowed": ["a"]}}', []),
        (
            '{"mcpServers": {"a": {}}, "mcp": {"allowed": ["a", "b"]}} // why',
            ["Its settings.json allows MCP servers that are not in mcpServers: b."],
        ),
        (
            '{"mcpServers": {"a": {}, "b": {}}, "mcp": {"excluded": ["b"]}}',
            ["Its settings.json has MCP servers that it does not let run: b."],
        ),
        (
            '{"mcpServers": {"a": {}}, "mcp": {"allowed": []}}',
            ["Its settings.json has MCP servers that it does not let run: a."],
        ),
        ("{", ["Its settings.json cannot be read: Input data was truncated"]),
    ],
)
def test_the_servers_of_the_settings_are_checked(text: str, found: list[str]) -> None:
    (settings,) = GEMINI.info.check_probes
    seen = GEMINI.checks({settings: Reading(found=True, text=text)})
    assert [finding.message for finding in seen] == found
    assert GEMINI.checks({settings: Reading(found=False)}) == []


def test_the_document_has_the_shape_of_the_clis_own() -> None:
    fold = Fold()
    outcome = fold.outcome(Exit(returncode=0))
    assert set(GEMINI.document(outcome)) == {"session_id", "response", "stats"}
