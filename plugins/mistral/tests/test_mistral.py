"""Mistral Vibe: what it is started with, and what its recorded runs fold to."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from gateway_plugin_mistral import MistralRequest

from gateway import (
    Exit,
    HomeFile,
    Installed,
    InvalidRequest,
    Launch,
    Outcome,
    OutDir,
    Reading,
    Resume,
    TooLarge,
    Usage,
)
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.rules.flags import withheld
from gateway.rules.fold import Fold
from gateway.rules.schema import json_schema
from gateway.testing.conformance import Conformance

TRANSCRIPTS = Path(__file__).parent / "transcripts"
CASES = sorted(path.stem for path in TRANSCRIPTS.glob("*.json"))
FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
TODAY = Installed("3.0.3", frozenset(FLAG.findall((TRANSCRIPTS / "help" / "help.txt").read_text())))
OLD = Installed(
    "2.18.4",
    frozenset(
        (
            "-p",
            "--prompt",
            "--max-turns",
            "--max-price",
            "--max-tokens",
            "--enabled-tools",
            "--output",
            "--agent",
            "--add-dir",
            "-c",
            "--continue",
            "--resume",
        )
    ),
)
OUT = OutDir("out", "--output-dir=")
UUID = "8c54e764-a8db-94c5-4bfe-53f84a250e54"
READING = ("--disabled-tools", "re:^(?!(read_file|read|grep)$).*")
CHECKED = {"VIBE_BYPASS_TOOL_PERMISSIONS": "false"}
CONFIGURATION = HomeFile("config.toml", root_variable="VIBE_HOME", folder=".vibe")

provider = load(only=["gateway_plugin_mistral"]).providers["mistral"]


def asked(**arguments: Any) -> MistralRequest:
    request, warnings = accept({"prompt": "hi", **arguments}, MistralRequest)
    assert warnings == ()
    return request


def launched(
    request: MistralRequest,
    resume: Resume | None = None,
    *,
    autonomy: Any = None,
    installed: Installed = TODAY,
) -> Launch:
    return provider.launch(request, resume or Resume(), str(request.prompt), autonomy, (), installed)


def test_a_plain_request_asks_for_lines_and_an_export_and_sends_the_prompt_on_standard_input() -> None:
    expected = Launch(args=("--output=streaming", OUT, "--agent=ask", "-p"), stdin=b"hi", env=CHECKED)
    assert expected == launched(asked())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"outputFormat": "stream-json"}, ()),
        (
            {"allowedTools": ["bash", "read_file"]},
            ("--enabled-tools", "bash", "--enabled-tools", "read_file"),
        ),
        ({"disallowedTools": ["bash"]}, ("--disabled-tools", "bash")),
        ({"maxTurns": 3}, ("--max-turns=3",)),
        ({"maxPrice": 0.0000001}, ("--max-price=0.0000001",)),
        ({"maxTokens": 2000}, ("--max-tokens=2000",)),
        ({"addDir": ["/tmp", "/srv"]}, ("--add-dir=/tmp", "--add-dir=/srv")),
    ],
)
def test_each_parameter_becomes_its_flag(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    expected = ("--output=streaming", OUT, "--agent=ask", *words, "-p")
    assert expected == launched(asked(**arguments)).args


@pytest.mark.parametrize("field", ["allowedTools", "disallowedTools"])
def test_a_tool_with_a_leading_dash_is_refused(field: str) -> None:
    with pytest.raises(
        InvalidRequest, match=f'Invalid {field} value "--yolo": values must not start with "-"'
    ):
        launched(asked(**{field: ["--yolo"]}))


@pytest.mark.parametrize(
    ("resume", "words"),
    [
        (Resume("new"), ()),
        (Resume("id", UUID), (f"--resume={UUID}",)),
        (Resume("latest"), ("--continue",)),
    ],
)
def test_a_session_is_continued_by_id_or_as_the_latest(resume: Resume, words: tuple[str, ...]) -> None:
    expected = ("--output=streaming", OUT, "--agent=ask", *words, "-p")
    assert expected == launched(asked(), resume).args


@pytest.mark.parametrize("wrong", ["latest", "--yolo", "8c54e764", f"{UUID}x", "gw-1"])
def test_only_a_uuid_is_a_session_id(wrong: str) -> None:
    with pytest.raises(InvalidRequest):
        provider.resume(asked(sessionId=wrong), None, "fresh")


def test_continuing_the_latest_session_warns_that_it_is_of_any_directory() -> None:
    expected = ("Vibe continues its newest session of all directories, which may be that of another run.",)
    assert expected == launched(asked(), Resume("latest")).warnings


@pytest.mark.parametrize(
    ("mode", "autonomy", "words"),
    [
        (None, None, ("--agent=ask",)),
        ("default", None, ("--agent=ask",)),
        ("ask", None, ("--agent=ask",)),
        ("lean", None, ("--agent=ask",)),
        ("plan", None, ("--agent=ask", *READING)),
        ("chat", None, ("--agent=ask", *READING)),
        ("explore", None, ("--agent=ask", *READING)),
        ("accept-edits", None, ("--agent=accept-edits",)),
        ("smart-approve", None, ("--agent=smart-approve",)),
        ("auto-approve", None, ("--agent=auto-approve",)),
        ("auto-approve", "full", ("--agent=auto-approve",)),
        ("auto-approve", "edit", ("--agent=accept-edits",)),
        ("auto-approve", "ask", ("--agent=ask",)),
        ("auto-approve", "read_only", ("--agent=ask", *READING)),
        ("smart-approve", "ask", ("--agent=ask",)),
        ("default", "full", ("--agent=ask",)),
        ("plan", "full", ("--agent=ask", *READING)),
        (None, "read_only", ("--agent=ask", *READING)),
    ],
)
def test_a_gate_narrows_the_posture_and_never_widens_it(
    mode: Any, autonomy: Any, words: tuple[str, ...]
) -> None:
    launch = launched(asked(permissionMode=mode), autonomy=autonomy)
    assert ("--output=streaming", OUT, *words, "-p") == launch.args


def test_only_the_full_posture_leaves_a_configured_bypass_alone() -> None:
    assert launched(asked(permissionMode="auto-approve")).env == {}
    assert launched(asked(permissionMode="auto-approve"), autonomy="edit").env == CHECKED


def test_a_read_only_run_keeps_the_callers_lists_and_denies_everything_but_reading_behind_them() -> None:
    launch = launched(asked(allowedTools=["bash"], disallowedTools=["grep"]), autonomy="read_only")
    lists = ("--enabled-tools", "bash", "--disabled-tools", "grep", *READING)
    assert ("--output=streaming", OUT, "--agent=ask", *lists, "-p") == launch.args


@pytest.mark.parametrize(
    ("tool", "denied"),
    [
        ("read_file", False), ("read", False), ("grep", False), ("write_file", True), ("edit", True), ("bash", True),
        ("process_start", True), ("read_file2", True), ("grep_replace", True), ("agents.spawn", True),
    ],
)  # fmt: skip
def test_the_pattern_of_a_read_only_run_spares_the_reading_tools_alone(tool: str, denied: bool) -> None:
    assert denied == bool(re.match(READING[1].removeprefix("re:"), tool))


@pytest.mark.parametrize(
    "prompt", ["--version", "--yolo", "-hello", "/config verbose=true", "resume", "help", "é\n\tx ", "mcp"]
)
def test_no_prompt_can_become_a_flag_or_a_command(prompt: str) -> None:
    launch = launched(asked(prompt=prompt))
    assert launch.stdin == prompt.encode()
    assert launch.args == ("--output=streaming", OUT, "--agent=ask", "-p")


def test_the_model_travels_in_the_environment() -> None:
    launch = launched(asked(model="devstral-small"))
    assert launch.env == {"VIBE_ACTIVE_MODEL": "devstral-small", **CHECKED}


@pytest.mark.parametrize("model", ["two words", "a\nb", " ", "a\x7f"])
def test_a_model_with_blanks_or_control_characters_is_refused(model: str) -> None:
    with pytest.raises(InvalidRequest):
        launched(asked(model=model))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"effort": "high"}, "effort was not passed on"),
        ({"reasoningEffort": "high"}, "reasoningEffort was not passed on"),
        (
            {"permissionMode": "plan"},
            "permissionMode plan is gone from Vibe: the run used its agent ask and may read",
        ),
        ({"permissionMode": "lean"}, "permissionMode lean is gone from Vibe: the run used its agent ask."),
    ],
)
def test_what_the_cli_cannot_do_is_said(arguments: dict[str, Any], said: str) -> None:
    (warning,) = launched(asked(**arguments)).warnings
    assert warning.startswith(said)


def test_every_flag_that_may_be_passed_is_in_the_recorded_help() -> None:
    passed = {
        word.split("=")[0] for word in launched(every(), Resume("latest")).args if isinstance(word, str)
    }
    assert {word for word in passed if word.startswith("-")} <= TODAY.flags


def every() -> MistralRequest:
    return asked(
        allowedTools=["bash"], disallowedTools=["edit"], maxTurns=1, maxPrice=1, maxTokens=1, addDir=["/tmp"]
    )


def test_an_older_cli_gets_the_prompt_as_an_argument_and_no_flag_it_does_not_list() -> None:
    launch = launched(every(), installed=OLD)
    words = ("--enabled-tools", "bash", "--max-turns=1", "--max-price=1", "--max-tokens=1", "--add-dir=/tmp")
    expected = Launch(
        args=("--output=streaming", "--agent=default", *words, "--prompt=hi"),
        env=CHECKED,
        warnings=("Vibe 2.18.4 tells neither its session id nor its usage; 2.26 and newer do.",),
    )
    assert expected == launch
    assert withheld(every(), Resume(), OLD) == (
        "disallowedTools was not passed on: the installed CLI (2.18.4) does not list --disabled-tools.",
    )


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("plan", ("--agent=plan", "--enabled-tools", "read", "--enabled-tools", "grep")),
        ("default", ("--agent=default",)),
        ("accept-edits", ("--agent=accept-edits",)),
        ("smart-approve", ("--agent=accept-edits",)),
        ("auto-approve", ("--agent=auto-approve",)),
    ],
)
def test_an_older_cli_is_given_its_own_agents(mode: str, words: tuple[str, ...]) -> None:
    launch = launched(asked(permissionMode=mode), installed=OLD)
    assert ("--output=streaming", *words, "--prompt=hi") == launch.args


def test_an_older_cli_that_may_only_read_gets_no_tool_of_the_callers() -> None:
    launch = launched(asked(allowedTools=["bash"]), autonomy="read_only", installed=OLD)
    assert "bash" not in launch.args


def test_an_older_cli_that_may_only_read_is_said_to_be_less_sure() -> None:
    _, warning = launched(asked(), autonomy="read_only", installed=OLD).warnings
    assert warning == "Vibe 2.18.4 would let an agent file named plan.toml allow more than reading."


def test_a_prompt_too_long_for_an_argument_is_refused_for_an_older_cli() -> None:
    with pytest.raises(TooLarge):
        launched(asked(prompt="a" * 130_000), installed=OLD)


def test_a_prompt_of_a_megabyte_fits_today() -> None:
    prompt = "a" * provider.info.prompt_limit
    assert launched(asked(prompt=prompt)).stdin == prompt.encode()


@pytest.mark.parametrize(
    ("text", "defused"),
    [
        ("see @a.txt", "see @\u2060a.txt"),
        ('"@a.txt" (@b) @"c d"', '"@\u2060a.txt" (@\u2060b) @\u2060"c d"'),
        ("@@a.txt /@b", "@@\u2060a.txt /@\u2060b"),
        ("me@home.example, 5 @ 3", "me@home.example, 5 @ 3"),
    ],
)
def test_mentions_are_what_vibe_would_read_by_itself(text: str, defused: str) -> None:
    assert defused == re.sub(provider.info.mentions, lambda match: match[0] + "\u2060", text)


def test_the_environment_keeps_it_quiet_and_leaves_what_the_user_set() -> None:
    expected = {
        "VIBE_ENABLE_UPDATE_CHECKS": "true",
        "VIBE_ENABLE_AUTO_UPDATE": "false",
        "VIBE_API_RETRY_MAX_ELAPSED_TIME": "30",
    }
    assert expected == provider.environ({"HOME": "/home/dev", "VIBE_ENABLE_UPDATE_CHECKS": "true"})


@pytest.mark.parametrize(
    ("mode", "autonomy", "bypass"),
    [
        (None, "ask", False),
        ("plan", "read_only", False),
        ("accept-edits", "edit", False),
        ("auto-approve", "full", True),
    ],
)
def test_the_risk_is_that_of_the_mode(mode: Any, autonomy: str, bypass: bool) -> None:
    risk = provider.risk(asked(permissionMode=mode))
    assert (autonomy, bypass) == (risk.autonomy, risk.bypass)


@pytest.mark.parametrize("key", ["aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcd12"])
def test_a_key_is_a_secret(key: str) -> None:
    assert re.search(provider.info.secrets[0], f"key={key}.")


@pytest.mark.parametrize("word", ["d41d8cd98f00b204e9800998ecf8427e", UUID, "a" * 32])
def test_a_hash_or_an_id_is_no_secret(word: str) -> None:
    assert re.search(provider.info.secrets[0], word) is None


@pytest.mark.parametrize(
    ("text", "models", "default"),
    [
        ('active_model = "fast"\n[models.fast]\nname = "devstral"\n', {"fast": "devstral"}, "fast"),
        ('[[models]]\nname = "devstral"\nalias = "small"\n', {"small": "devstral"}, "mistral-medium-3.5"),
    ],
)
def test_the_models_are_those_of_the_configuration(text: str, models: dict[str, str], default: str) -> None:
    catalog = provider.catalog({CONFIGURATION: Reading(found=True, text=text)})
    assert {**provider.info.catalog.models, **models} == catalog.models
    assert (default, "config") == (catalog.default, catalog.source)


@pytest.mark.parametrize("text", ["", "theme = 'x'", "models = 1", "["])
def test_without_models_in_the_configuration_the_bundled_ones_stand(text: str) -> None:
    reading = Reading(found=bool(text), text=text)
    assert provider.info.catalog == provider.catalog({CONFIGURATION: reading})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("[session_logging]\nenabled = true\n", []),
        (
            "[session_logging]\nenabled = false\n",
            ["Vibe keeps no sessions, so requests cannot continue one."],
        ),
        (
            "session_logging.enabled = 1",
            ["Its config.toml cannot be read: Expected `bool`, got `int` - at `$.session_logging.enabled`"],
        ),
    ],
)
def test_whether_it_keeps_sessions_is_checked(text: str, found: list[str]) -> None:
    seen = provider.checks({CONFIGURATION: Reading(found=bool(text), text=text)})
    assert [finding.message for finding in seen] == found


def test_a_key_in_the_environment_is_a_login_and_none_leaves_it_open() -> None:
    key, file = provider.info.login_probes
    no, yes = Reading(found=False), Reading(found=True)
    states = [provider.login({key: a, file: b}).state for a, b in ((yes, no), (no, yes), (no, no))]
    assert states == ["logged_in", "logged_in", "unknown"]


def test_the_schema_stays_small() -> None:
    assert len(json.dumps(json_schema(MistralRequest))) / 4 < 650


def folded(case: str, *, batch: int = 1000) -> Outcome:
    """The outcome of a recorded run."""
    fold, launch = Fold(), launched(asked())
    lines = (TRANSCRIPTS / f"{case}.stdout").read_bytes().splitlines()
    for start in range(0, len(lines), batch):
        fold.feed(provider.decode(lines[start : start + batch], launch))
    status = int((TRANSCRIPTS / f"{case}.exit").read_text())
    exit = Exit(returncode=status, stderr_tail=(TRANSCRIPTS / f"{case}.stderr").read_text())
    log = TRANSCRIPTS / f"{case}.log"
    if log.exists():
        fold.feed(provider.decode_log(log.read_bytes()))
    return provider.judge(asked(), Resume(), fold.outcome(exit), exit)


def expected(case: str) -> dict[str, Any]:
    """What a person wrote down about a recorded run."""
    wanted: dict[str, Any] = json.loads((TRANSCRIPTS / f"{case}.json").read_text())
    wanted.pop("resume", None)
    if "usage" in wanted:
        wanted["usage"] = Usage(**wanted["usage"])
    return wanted


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_recorded_run_comes_to_what_the_contract_says(case: str, batch: int) -> None:
    wanted = expected(case)
    outcome = folded(case, batch=batch)
    error = wanted.pop("error", None)
    assert (outcome.error is None) if error is None else (error in str(outcome.error))
    assert wanted == {name: getattr(outcome, name) for name in wanted}


@pytest.mark.parametrize(
    ("case", "warned"),
    [
        ("tool-edit", ()),
        ("tool-denied", ("Not allowed, and so not done: write_file.",)),
        ("read-only", ("Not allowed, and so not done: bash.",)),
        ("model-unknown", ("Model 'no-such-model' is not available",)),
    ],
)
def test_what_was_denied_or_replaced_is_a_warning(case: str, warned: tuple[str, ...]) -> None:
    warnings = folded(case).warnings
    assert len(warned) == len(warnings)
    assert all(text.startswith(said) for text, said in zip(warnings, warned, strict=True))


def test_a_conversation_that_was_summed_up_is_a_warning() -> None:
    line = b'{"type":"checkpoint","kind":"compaction","message":"Context compacted","sessionId":"a"}'
    fold = Fold()
    fold.feed(provider.decode([line], launched(asked())))
    (warning,) = fold.outcome(Exit(returncode=0)).warnings
    assert "went on with a summary" in warning


@pytest.mark.parametrize("junk", [b"", b"{", b"null", b"[]", b'{"type": 1}', b"\xff\xfe", b'{"content": 3}'])
def test_garbage_is_noise(junk: bytes) -> None:
    fold = Fold()
    fold.feed(provider.decode((junk,), launched(asked())))
    fold.feed(provider.decode_log(junk))
    assert fold.outcome(Exit(returncode=0)) == Outcome(ending="ok", exit=Exit(returncode=0))


def test_an_error_among_the_notices_is_the_error() -> None:
    exit = Exit(
        returncode=1, stderr_tail="error: unexpected argument '--nosuch' found\n\n  tip: to pass it, use --\n"
    )
    judged = provider.judge(asked(), Resume(), Outcome(ending="ok", exit=exit), exit)
    assert (judged.ending, judged.error) == ("cli_incompatible", "unexpected argument '--nosuch' found")


class TestMistral(Conformance):
    """What every plugin must pass."""

    provider = "mistral"
    plugin = "gateway_plugin_mistral"
    transcripts = TRANSCRIPTS
    secret_samples = ("aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW",)
