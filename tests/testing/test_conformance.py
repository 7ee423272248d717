"""Each check of the conformance battery fails for a plugin that is broken in just that way."""

import inspect
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import PluginError
from gateway.testing import echo
from gateway.testing.conformance import AWKWARD, Conformance
from gateway.testing.conformance.battery import loaded

HERE = Path(__file__).parent
RECORDED = HERE / "transcripts" / "echo"
SOURCE = Path(echo.__file__).read_text(encoding="utf-8")
JUDGE = "    if not outcome.finished or exit.returncode != 0:"
LAUNCH = "    posture = _posture(request)\n    allowed"
DECODE = "    for line in map(_line, frames):"
SAID = "        said = exit.stderr_tail.strip() or"
SLIPS = "    for line in (_line(frame) if frame.endswith(b'}') else [][0] for frame in frames):"

FAILURES = (AssertionError, PluginError, AttributeError)
"""What a check says itself, what the core says of a plugin, and what the fold stumbles over."""

Changes = tuple[tuple[str, str], ...]

SABOTAGE: dict[str, Changes] = {
    "facts_are_complete_and_can_be_written_down": (('docs="https://docs.python.org/3/",', ""),),
    "patterns_are_regular_expressions": (('title="Echo",', 'title="Echo", session_id="[a-z]{3}",'),),
    "schema_of_each_tool_is_an_object_and_costs_less_than_700_tokens": (
        ('"echo-1 or echo-2"', '"echo" * 700'),
    ),
    "every_output_format_has_a_shape": (('["text", "json", "stream-json"]', '["text", "json", "yaml"]'),),
    "every_help_command_is_recorded": (('*PYTHON, "--help"', '*PYTHON, "exec", "--help"'),),
    "every_flag_is_listed_in_the_recorded_help": (('Flag("--loud")', 'Flag("--louder")'),),
    "environment_is_not_open_to_strangers_keys": (('env=("ECHO_*",)', 'env=("*",)'),),
    "secret_patterns_catch_their_samples_and_nothing_harmless": ((r"echo-key-\w{8,}", r"echo-\w{8,}"),),
    "readings_of_any_kind_are_understood_or_left": (
        ("reading.found for reading", "int(reading.text or 0) for reading"),
    ),
    "entry_of_ours_comes_into_the_clients_file_and_goes_again": (
        ('token={"bearer_token_env_var": BEARER_VARIABLE}', "token={}"),
    ),
    "plugin_imports_only_the_front_door_and_what_is_pure": (("import sys", "import sys\nimport os.path"),),
    "entry_point_of_the_installed_distribution_loads": (),
    "launch_is_sealed_and_always_the_same": ((LAUNCH, '    open("/dev/null").close()\n' + LAUNCH),),
    "what_comes_before_the_launch_is_sealed_and_always_the_same": (
        ("    return Risk(", '    open("/dev/null").close()\n    return Risk('),
    ),
    "no_value_of_a_request_becomes_a_flag": (
        ('Flag("--title", "equals", new_only=True)', "None"),
        (
            "*PYTHON,\n            *argv",
            "*PYTHON,\n            *((request.title,) if given(request.title) else ()),\n            *argv",
        ),
    ),
    "prompt_travels_beside_the_arguments": (
        ("*PYTHON,\n            *argv", "*PYTHON,\n            prompt,\n            *argv"),
    ),
    "large_prompt_travels_whole_or_is_refused": (("stdin=prompt.encode()", "stdin=prompt.encode()[:65536]"),),
    "mcp_server_reaches_the_cli_and_its_secrets_are_no_arguments": (
        (
            "*((TempFile(",
            "*((msgspec.json.encode(servers).decode(),) if servers else ()),\n            *((TempFile(",
        ),
    ),
    "claimed_resume_mode_can_be_started": (
        ('source = f"--resume={resume.session_id}"', 'source = "--resume"'),
    ),
    "claimed_resume_mode_can_be_asked_for": (('    return Resume("fork",', '    return Resume("id",'),),
    "session_id_of_the_request_is_the_one_that_is_continued": (
        ("        return None\n    return Resume", '        return Resume("latest")\n    return Resume'),
    ),
    "new_session_wins_over_every_resume_option": (
        (
            "if request.create_new_session or not request.fork_session:\n        return None",
            'if not request.fork_session:\n        return Resume("id", "x")',
        ),
    ),
    "autonomy_never_widens_what_was_asked": (("lower(posture, autonomy)", "autonomy"),),
    "read_only_leaves_nothing_of_the_widest_posture": (("lower(posture, autonomy)", "posture"),),
    "there_are_recordings_of_success_and_of_failure": (),
    "transcript_comes_to_what_is_expected": (("yield Message(line.text)", 'yield Message(f"{line.text}!")'),),
    "what_comes_after_the_launch_is_sealed_and_always_the_same": (
        (JUDGE, '    open("/dev/null").close()\n' + JUDGE),
    ),
    "output_means_the_same_however_it_is_cut": ((DECODE, "    for line in map(_line, frames[:1]):"),),
    "values_of_a_wrong_type_are_survived": (('    text: str = ""', '    text: str | int = ""'),),
    "half_lines_are_survived": ((DECODE, SLIPS),),
    "output_that_stops_half_way_is_no_success_whatever_the_status": ((JUDGE, "    if False:"),),
    "random_bytes_are_survived_and_are_no_success": (
        (JUDGE, "    if False:"),
        ('outcome if outcome.text.strip() else replace(outcome, ending="empty")', "outcome"),
    ),
    "session_log_that_is_garbage_is_survived": (
        ("msgspec.json.decode(data, type=_Report)", '_Report(msgspec.json.decode(data)["cached"])'),
    ),
    "two_turns_of_a_session_are_recorded_and_their_usage_adds_up": (
        ('output_tokens=line.tokens.get("out")', 'output_tokens=-line.tokens.get("out", 0)'),
    ),
    "second_try_is_another_request_and_the_last_ends": (
        ("replace(request, model=UNSET) if known", "request if known"),
    ),
    "recorded_answer_comes_out_of_a_job": (("yield Message(line.text)", 'yield Message(f"{line.text}!")'),),
    "recorded_failure_to_log_in_is_told_as_such": (
        ("Failed(line.message, _ending(line.code))", "Failed(line.message)"),
    ),
    "slow_cli_can_be_cancelled": ((SAID, "        said = str(1 / 0) or"),),
    "cli_that_ignores_the_request_to_end_is_gone_all_the_same": ((SAID, "        said = str(1 / 0) or"),),
    "grandchild_in_a_session_of_its_own_is_gone_after_a_cancel": ((SAID, "        said = str(1 / 0) or"),),
    "silent_cli_ends_at_the_wall_clock_limit": ((SAID, "        said = str(1 / 0) or"),),
    "flood_of_output_is_stopped": ((SAID, "        said = str(1 / 0) or"),),
    "half_a_line_among_the_output_is_noise": ((DECODE, SLIPS),),
    "cli_that_dies_in_the_middle_of_a_line_is_no_success": ((JUDGE, "    if False:"),),
}
"""By check: what is changed in the source of `echo`, which passes all of them."""


def checks() -> list[str]:
    return [name.removeprefix("test_") for name in dir(Conformance) if name.startswith("test_")]


@pytest.fixture
def broken(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Conformance]:
    """The battery over a plugin that is broken for the check that the test is about."""
    check = request.getfixturevalue("check")
    source = SOURCE.replace('__file__.replace("echo.py", "echo_cli.py")', '"/kit/echo_cli.py"')
    for old, new in SABOTAGE[check]:
        assert source.count(old) >= 1, old
        source = source.replace(old, new)
    module = f"broken_{check}"
    (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
    distribution = tmp_path / "broken.dist-info"
    distribution.mkdir()
    (distribution / "entry_points.txt").write_text(f"[gateway]\nmisnamed = {module}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = RECORDED
    if check == "there_are_recordings_of_success_and_of_failure":
        folder = Path(shutil.copytree(RECORDED, tmp_path / "transcripts"))
        for path in [each for each in folder.glob("*.json") if '"ending": "ok"' not in each.read_text()]:
            path.unlink()
    attributes = {
        "provider": "echo",
        "plugin": module,
        "transcripts": folder,
        "secret_samples": ("echo-key-12345678",),
    }
    yield type("Broken", (Conformance,), {**attributes, "also_imports": ("sys",)})()
    loaded.cache_clear()


def run(battery: Conformance, check: str, tmp_path: Path) -> None:
    """Run one check with every combination of what it is parametrized by."""
    method: Any = getattr(battery, f"test_{check}")
    values = {
        "transcript": lambda: battery.recorded,
        "mode": lambda: sorted(battery.tested.info.capabilities.resume),
        "awkward": lambda: AWKWARD,
        "tmp_path": lambda: [tmp_path],
    }
    names = list(inspect.signature(method).parameters)
    for combination in itertools.product(*(values[name]() for name in names)):
        method(**dict(zip(names, combination, strict=True)))


@pytest.mark.parametrize("check", SABOTAGE)
def test_a_plugin_broken_in_this_way_fails(check: str, broken: Conformance, tmp_path: Path) -> None:
    assert loaded(broken.plugin).findings == ()
    with pytest.raises(FAILURES):
        run(broken, check, tmp_path)


def test_every_check_is_shown_to_fail() -> None:
    assert set(checks()) == set(SABOTAGE)


CHECKS = """

@hookimpl
def gateway_checks(readings):
    open("/dev/null").close()
"""


def test_a_plugin_whose_checks_reach_for_the_world_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_checks.py").write_text(SOURCE + CHECKS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    battery = type("Broken", (Conformance,), {"provider": "echo", "plugin": "broken_checks"})()
    with pytest.raises(AssertionError, match="open"):
        battery.test_readings_of_any_kind_are_understood_or_left()
    loaded.cache_clear()


PLAIN = 'executable = "cat"\n[endings]\nauth_required = ["no key"]\n'


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Conformance]:
    """The battery over a provider that is declared in a file and prints its answer and nothing else."""
    (tmp_path / "plain.toml").write_text(PLAIN)
    for name, stdout, stderr, status, ending in (
        ("good", "hi", "", 0, "ok"),
        ("bad", "", "no key", 1, "auth_required"),
    ):
        for kind, text in (("stdout", stdout), ("stderr", stderr), ("exit", str(status))):
            (tmp_path / f"{name}.{kind}").write_text(text)
        (tmp_path / f"{name}.json").write_text(f'{{"ending": "{ending}", "text": "{stdout}"}}')
    attributes = {"provider": "plain", "plugin": str(tmp_path / "plain.toml"), "transcripts": tmp_path}
    yield type("Plain", (Conformance,), attributes)()
    loaded.cache_clear()


def test_plain_text_is_checked_as_far_as_it_can_be(plain: Conformance, tmp_path: Path) -> None:
    for check in ("transcript_comes_to_what_is_expected", "launch_is_sealed_and_always_the_same"):
        run(plain, check, tmp_path)
    for check in (
        "random_bytes_are_survived_and_are_no_success",
        "cli_that_dies_in_the_middle_of_a_line_is_no_success",
    ):
        with pytest.raises(pytest.skip.Exception, match=r"capabilities\.plain is declared"):
            run(plain, check, tmp_path)


def test_what_needs_recordings_says_so_where_there_are_none(plain: Conformance, tmp_path: Path) -> None:
    type(plain).transcripts = None
    with pytest.raises(pytest.skip.Exception, match="record runs of the CLI"):
        run(plain, "values_of_a_wrong_type_are_survived", tmp_path)
