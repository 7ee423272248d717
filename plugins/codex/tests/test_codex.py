"""Codex CLI: what is passed to it, what its output means, what it cannot do."""

from pathlib import Path

import msgspec
import pytest
from gateway_plugin_codex import CodexForkRequest, CodexRequest
from gateway_plugin_codex.events import NOTHING_TO_CONTINUE

from gateway import (
    Command,
    EnvVar,
    Exit,
    HomeFile,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    McpServer,
    Outcome,
    Reading,
    Resume,
    Risk,
    Session,
    TempFile,
)
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.rules.flags import withheld
from gateway.rules.schema import json_schema
from gateway.testing.conformance import Conformance
from gateway.testing.transcripts import Replay, read_transcripts

CODEX = load(only=["gateway_plugin_codex"]).providers["codex"]
FOLDER = Path(__file__).parent / "transcripts"
RECORDED = {case.name: case for case in read_transcripts(FOLDER)}
HERE = Installed("0.169.0")
ID = "01a1fe7a-5a61-7c51-8a2e-2065e7758fd9"
HEAD = ("exec", "--json", "--skip-git-repo-check")
BYPASS = "--dangerously-bypass-approvals-and-sandbox"


def ask(kind=CodexRequest, **arguments):
    return accept({"prompt": "hello", **arguments}, kind)[0]


def launch(request, resume=None, autonomy=None, servers=(), prompt="hello", installed=HERE) -> Launch:
    return CODEX.launch(request, resume or Resume(), prompt, autonomy, servers, installed)


def resumed(request, session=None) -> Resume:
    return CODEX.resume(request, session, "fresh")


def outcome(case) -> Outcome:
    return Replay(CODEX, case).outcome()


class TestConformance(Conformance):
    provider = "codex"
    plugin = "gateway_plugin_codex"
    transcripts = FOLDER
    secret_samples = ("sk-proj-abcdefghijklmnopqrstuvwxyz",)


# arguments


def test_a_plain_request_is_a_read_only_run_with_the_prompt_on_standard_input():
    expected = Launch(args=(*HEAD, "--sandbox=read-only", "--", "-"), stdin=b"hello")
    assert launch(ask()) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"model": "gpt-5.5"}, ("--model=gpt-5.5",)),
        ({"model": "--yolo"}, ("--model=--yolo",)),
        ({"profile": "work"}, ("--profile=work",)),
        ({"ephemeral": True}, ("--ephemeral",)),
        ({"images": ["/a.png", "/b.png"]}, ("--image=/a.png", "--image=/b.png")),
        ({"ignoreUserConfig": True}, ("--ignore-user-config",)),
        ({"ignoreRules": True}, ("--ignore-rules",)),
        ({"search": True}, ("-c", 'web_search="live"')),
        (
            {"configOverrides": {"model_verbosity": "low", "a.b": "[1]"}},
            ("-c", "model_verbosity=low", "-c", "a.b=[1]"),
        ),
        ({"outputSchema": "/schema.json"}, ("--output-schema=/schema.json",)),
        (
            {"outputSchema": {"type": "object"}},
            (TempFile("schema.json", b'{"type":"object"}', "--output-schema="),),
        ),
        ({"outputFormat": "json"}, ()),
        ({"askForApproval": "never"}, ()),
    ],
)
def test_each_parameter_becomes_its_arguments(arguments, words):
    expected = Launch(args=(*HEAD, "--sandbox=read-only", *words, "--", "-"), stdin=b"hello")
    assert launch(ask(**arguments)) == expected


@pytest.mark.parametrize(
    ("resume", "tail"),
    [
        (Resume("new"), ("--", "-")),
        (Resume("latest"), ("resume", "--last", "--", "-")),
        (Resume("id", ID), ("resume", "--", ID, "-")),
        (Resume("fork", ID), ("fork", "--", ID, "-")),
    ],
)
def test_every_way_to_continue_keeps_all_flags_before_the_subcommand(resume, tail):
    args = launch(ask(sandboxMode="workspace-write", profile="work"), resume).args
    assert args == (*HEAD, "--sandbox=workspace-write", "--profile=work", *tail)


@pytest.mark.parametrize(
    "prompt",
    ["--version", "--yolo", "-hello", "/config verbose=true", "resume", "help", "-", "é\n\U0001f600"],
)
@pytest.mark.parametrize("resume", [Resume(), Resume("latest"), Resume("id", ID), Resume("fork", ID)])
def test_the_prompt_travels_byte_for_byte_and_never_as_an_argument(prompt, resume):
    told, plain = launch(ask(), resume, prompt=prompt), launch(ask(), resume)
    assert (told.stdin, told.args) == (prompt.encode(), plain.args)


def test_a_flag_the_installed_cli_does_not_list_is_withheld_with_a_warning():
    older = Installed("0.100.0", frozenset({"--json", "--sandbox", "--model"}))
    request = ask(model="gpt-5", profile="work")
    assert launch(request, installed=older).args == (*HEAD, "--sandbox=read-only", "--model=gpt-5", "--", "-")
    assert withheld(request, Resume(), older) == (
        "profile was not passed on: the installed CLI (0.100.0) does not list --profile.",
    )


def test_a_continued_session_is_never_ephemeral():
    request = ask(ephemeral=True, sessionId=ID)
    assert "--ephemeral" not in launch(request, Resume("id", ID)).args
    assert withheld(request, Resume("id", ID), HERE) == (
        "ephemeral was not passed on: the CLI takes --ephemeral for new sessions only.",
    )


@pytest.mark.parametrize(
    "overrides",
    [{"a b": "1"}, {"--yolo": "1"}, {"a=b": "1"}, {"a\n": "1"}, {"a": "x\n"}, {"a": "x\ry"}, {"a": "\0"}],
)
def test_config_overrides_that_are_not_one_setting_are_refused(overrides):
    with pytest.raises(InvalidRequest, match="configOverrides"):
        ask(configOverrides=overrides)


def test_the_schemas_of_the_tools_are_short():
    sizes = [len(msgspec.json.encode(json_schema(tool.request))) / 4 for tool in CODEX.info.offered()]
    assert max(sizes) < 650


# posture


@pytest.mark.parametrize(
    ("arguments", "risk", "words"),
    [
        ({}, Risk("read_only"), "--sandbox=read-only"),
        ({"sandboxMode": "read-only", "fullAuto": True}, Risk("read_only"), "--sandbox=read-only"),
        ({"sandboxMode": "workspace-write"}, Risk("edit"), "--sandbox=workspace-write"),
        ({"fullAuto": True}, Risk("edit"), "--sandbox=workspace-write"),
        (
            {"configOverrides": {"sandbox_mode": '"workspace-write"'}},
            Risk("edit"),
            "--sandbox=workspace-write",
        ),
        ({"sandboxMode": "danger-full-access"}, Risk("full"), "--sandbox=danger-full-access"),
        (
            {"dangerouslyBypassApprovalsAndSandbox": True, "sandboxMode": "read-only"},
            Risk("full", bypass=True),
            BYPASS,
        ),
    ],
)
def test_the_sandbox_decides_the_posture(arguments, risk, words):
    assert (CODEX.risk(ask(**arguments)), launch(ask(**arguments)).args[3]) == (risk, words)


@pytest.mark.parametrize(
    ("autonomy", "asked", "words"),
    [
        ("read_only", "danger-full-access", ("--sandbox=read-only", "--ignore-rules")),
        ("read_only", "read-only", ("--sandbox=read-only", "--ignore-rules")),
        ("ask", "workspace-write", ("--sandbox=read-only",)),
        ("edit", "danger-full-access", ("--sandbox=workspace-write",)),
        ("edit", "read-only", ("--sandbox=read-only",)),
        ("full", "read-only", ("--sandbox=read-only",)),
        ("full", "danger-full-access", ("--sandbox=danger-full-access",)),
    ],
)
@pytest.mark.parametrize("kind", [CodexRequest, CodexForkRequest])
def test_autonomy_narrows_and_never_widens(autonomy, asked, words, kind):
    args = launch(ask(kind, sandboxMode=asked), autonomy=autonomy).args
    assert args == (*HEAD, *words, "--", "-")


@pytest.mark.parametrize("autonomy", ["read_only", "ask", "edit"])
def test_a_bypass_does_not_survive_narrowing(autonomy):
    request = ask(dangerouslyBypassApprovalsAndSandbox=True, ignoreRules=True)
    args = launch(request, autonomy=autonomy).args
    assert BYPASS not in args
    assert args.count("--ignore-rules") == 1


def test_settings_that_may_widen_a_run_count_as_full_and_are_left_out_of_a_narrowed_one():
    request = ask(configOverrides={"notify": '["sh"]', "model_reasoning_effort": "high"})
    assert CODEX.risk(request) == Risk(
        "full", reasons=("configOverrides may change what the run may do: notify",)
    )
    told = launch(request, autonomy="edit")
    assert told.args == (*HEAD, "--sandbox=read-only", "-c", "model_reasoning_effort=high", "--", "-")
    assert told.warnings == (
        "configOverrides was passed on without notify: the run may not widen what it may do.",
    )


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        ({"askForApproval": "on-request"}, "askForApproval has no effect"),
        ({"askForApproval": "untrusted"}, "askForApproval has no effect"),
        ({"useLegacyFullAutoFlag": True, "fullAuto": True}, "useLegacyFullAutoFlag has no effect"),
        ({"sandboxMode": "read-only", "fullAuto": True}, "fullAuto was overruled"),
    ],
)
def test_what_the_cli_cannot_do_is_said(arguments, warning):
    (told,) = launch(ask(**arguments)).warnings
    assert told.startswith(warning)


# sessions


def test_a_request_continues_as_it_says():
    asked = [{}, {"resumeLatest": True}, {"sessionId": ID}, {"sessionId": ID, "createNewSession": True}]
    modes = [resumed(ask(**arguments)) for arguments in asked]
    assert modes == [Resume(), Resume("latest"), Resume("id", ID), Resume()]


@pytest.mark.parametrize("kind", [CodexRequest, CodexForkRequest])
@pytest.mark.parametrize("session_id", ["my-thread", "--last", f"{ID}x", f"{ID}\n"])
def test_a_session_id_that_is_no_uuid_is_refused_for_it_would_begin_a_new_thread(kind, session_id):
    with pytest.raises(InvalidRequest, match="not a session id"):
        resumed(ask(kind, sessionId=session_id))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one of sessionId or forkLast is required"),
        ({"sessionId": ID, "forkLast": True}, "sessionId and forkLast are mutually exclusive"),
    ],
)
def test_a_fork_needs_one_source(arguments, message):
    with pytest.raises(InvalidRequest, match=message):
        resumed(ask(CodexForkRequest, **arguments))


def test_the_newest_session_is_forked_by_its_id():
    session = Session(id=ID, provider="codex", directory="/", model=None, created_at=0, used_at=0)
    assert resumed(ask(CodexForkRequest, forkLast=True), session) == Resume("fork", ID)


def test_a_fork_of_a_session_whose_id_is_unknown_is_refused_before_the_start():
    with pytest.raises(InvalidRequest, match="by its id only"):
        launch(ask(CodexForkRequest, forkLast=True), resumed(ask(CodexForkRequest, forkLast=True)))


# MCP servers


def test_a_local_server_gets_its_variables_by_name():
    server = McpServer(name="a.b", command="run", args=('"q"',), env={"TOKEN": "s3cret", "HOME": "/x"})
    told = launch(ask(), servers=(server,))
    assert told.args[4:-2] == (
        "-c",
        'mcp_servers={"a.b"={"command"="run","args"=["\\"q\\""],"env_vars"=["TOKEN"],"env"={"HOME"="/x"},'
        '"default_tools_approval_mode"="approve"}}',
    )
    assert told.env == {"TOKEN": "s3cret"}


def test_a_remote_server_gets_its_headers_by_variable():
    server = McpServer(name="web", url="https://x/mcp", headers={"Authorization": "Bearer s3cret"})
    told = launch(ask(), servers=(server,), autonomy="read_only")
    assert (
        told.args[6]
        == 'mcp_servers={"web"={"url"="https://x/mcp","env_http_headers"={"Authorization"="MCP_web_0"}}}'
    )
    assert told.env == {"MCP_web_0": "Bearer s3cret"}


# recorded runs


def test_only_a_run_that_was_to_continue_is_told_that_there_was_nothing_to_continue():
    told = {name: outcome(RECORDED[name]).warnings for name in ("new", "latest", "nothing_to_resume")}
    assert told == {"new": (), "latest": (), "nothing_to_resume": (NOTHING_TO_CONTINUE,)}


def test_retries_are_warnings_where_the_run_succeeds():
    assert outcome(RECORDED["reconnected"]).warnings == (
        "Reconnecting... 1/5 (unexpected status 401 Unauthorized: Incorrect API key provided: mock)",
        "Reconnecting... 2/5 (unexpected status 401 Unauthorized: Incorrect API key provided: mock)",
    )


def test_an_error_is_not_repeated_as_a_warning():
    assert outcome(RECORDED["unauthorized"]).warnings == ()


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("patch_blocked", "A tool call failed: patch rejected: writing is blocked by read-only sandbox"),
        ("mcp_refused", "t/echo: MCP tool call requires approval, but approval policy is never"),
    ],
)
def test_a_call_that_was_not_allowed_is_told(name, warning):
    (told,) = outcome(RECORDED[name]).warnings
    assert told.startswith(warning)


def test_without_its_rollout_file_a_run_tells_the_running_total_of_its_session():
    case = msgspec.structs.replace(RECORDED["resumed"], log=None)
    said = outcome(case)
    assert (said.usage_scope, said.usage.input_tokens, said.model) == ("session", 19024, None)


def test_a_rollout_file_that_breaks_off_tells_what_is_whole():
    log = RECORDED["new"].log or b""
    case = msgspec.structs.replace(RECORDED["new"], log=log[:-40])
    assert outcome(case).usage == outcome(RECORDED["new"]).usage


def test_the_rollout_file_is_named_by_the_session_with_and_without_a_home_of_its_own():
    exit = Exit(returncode=0)
    named = [
        CODEX.session_log(Outcome(ending="ok", exit=exit, session_id=id)) for id in (ID.upper(), None, "*")
    ]
    path = f"sessions/*/*/*/rollout-*-{ID}.jsonl"
    assert named == [HomeFile(path, root_variable="CODEX_HOME", folder=".codex"), None, None]


def test_the_environment_gets_no_home_that_may_not_be_there():
    assert CODEX.environ({"HOME": "/home/dev"}) == {}


def test_an_answer_with_a_bad_status_is_no_answer():
    said = Outcome(ending="ok", exit=Exit(returncode=101), text="pong", finished=True)
    judged = CODEX.judge(ask(), Resume(), said, said.exit)
    assert (judged.ending, judged.error) == (
        "provider_error",
        "Codex ended with status 101 and without an answer.",
    )


# care


@pytest.mark.parametrize(
    ("status", "key", "login"),
    [
        (Reading(found=True, text="\nLogged in using an API key - sk-***", returncode=0), False,
         Login("logged_in", "Logged in using an API key")),
        (Reading(found=True, text="\nNot logged in", returncode=1), False, Login("logged_out", "Not logged in")),
        (Reading(found=True, text="\nNot logged in", returncode=1), True, Login("logged_in", "CODEX_API_KEY")),
        (Reading(found=False), False, Login("unknown")),
        (Reading(found=True, text="error: unrecognized", returncode=2), False, Login("unknown")),
    ],
)  # fmt: skip
def test_the_login_is_read_from_the_cli_and_its_key(status, key, login):
    readings = {Command(("login", "status")): status, EnvVar("CODEX_API_KEY"): Reading(found=key)}
    assert CODEX.login(readings) == login


def test_the_catalog_is_what_the_cli_lists_in_its_own_order():
    listed = b"""{"models": [{"slug": "b", "description": "B", "visibility": "list", "priority": 2, "x": {}},
        {"slug": "hidden", "visibility": "hide"}, {"slug": "a", "description": null, "priority": 1}]}\n\n"""
    catalog = CODEX.catalog({Command(("debug", "models")): Reading(found=True, text=listed.decode())})
    assert (list(catalog.models.items()), catalog.default, catalog.source) == (
        [("a", ""), ("b", "B")],
        "a",
        "cli",
    )


@pytest.mark.parametrize("text", ["", "error", '{"models": []}'])
def test_a_listing_that_cannot_be_read_leaves_the_bundled_catalog(text):
    assert CODEX.catalog({Command(("debug", "models")): Reading(found=True, text=text)}) == CODEX.info.catalog


def test_the_cli_upgrades_itself_to_the_newest_release_only():
    assert [CODEX.upgrade(target, {}) for target in ("latest", "0.150.0")] == [
        Command(("update",), 600.0),
        None,
    ]
