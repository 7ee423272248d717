"""``gateway doctor``: what it finds, and that its JSON keeps its promise."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "docs" / "doctor.schema.json"


@pytest.fixture
def configured(environ: dict[str, str]):
    """Writes the configuration."""
    return Path(environ["LLM_GATEWAY_CONFIG"]).write_text


@pytest.fixture
def doctor(invoke):
    """The report in JSON, held against its schema, and the exit code."""

    def examine(*args: str) -> tuple[dict, int]:
        result = invoke("doctor", "--json", *args)
        report = json.loads(result.stdout)
        jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
        return report, result.exit_code

    return examine


def test_a_house_in_order_has_no_errors(doctor, environ: dict[str, str]) -> None:
    report, code = doctor()
    assert (code, report["ok"], report["deep"]) == (0, True, False)
    assert report["findings"] == [
        {
            "subject": "echo",
            "message": "Echo is not logged in.",
            "remedy": "Echo needs no login; ECHO_KEY stands for one.",
            "level": "warning",
            "detail": "",
        }
    ]
    assert report["next_actions"] == ["Echo needs no login; ECHO_KEY stands for one."]
    assert report["plugins"] == [
        {"name": "gateway.testing.echo", "module": "gateway.testing.echo", "provider": "echo", "error": None}
    ]
    assert report["database"]["path"] == os.path.join(environ["LLM_GATEWAY_STATE"], "gateway.db")
    assert report["providers"]["echo"]["generation"] is None
    assert 0 < report["tool_list"]["compact"]["tokens"] < report["tool_list"]["full"]["tokens"] < 10_000
    assert (report["profile"], report["endpoint_exposure"]["mode"]) == ("full", "local_only")
    assert report["cache_awareness"] == {"enabled_features": [], "last_24h": None, "per_cli": {}}


def test_looking_makes_nothing(doctor, environ: dict[str, str]) -> None:
    doctor()
    assert not os.path.exists(environ["LLM_GATEWAY_STATE"])


def test_a_deep_look_asks_for_a_word(doctor) -> None:
    report, code = doctor("--deep")
    told = report["providers"]["echo"]["generation"]
    assert (code, told["ending"], told["answer"]) == (0, "ok", "Reply with exactly: pong")
    assert report["findings"] == []


def test_a_cli_that_does_not_answer_is_an_error(doctor, configured, tmp_path: Path) -> None:
    (tmp_path / "cli").write_text("#!/bin/sh\necho 9.0.0 broken >&2; exit 3\n")
    (tmp_path / "cli").chmod(0o755)
    configured(f'[retry]\nattempts = 1\n[providers.echo]\nexecutable = "{tmp_path / "cli"}"\n')
    report, code = doctor("--deep")
    assert (code, report["ok"]) == (1, False)
    assert [finding["subject"] for finding in report["findings"] if finding["level"] == "error"] == [
        "echo",
        "providers",
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("state = [", ["line 1"]),
        ("stat = 'x'\nsync_deadline_ms = 'soon'\n", ["line 1", "line 2"]),
        (None, ["does not exist"]),
    ],
)
@pytest.mark.parametrize("option", [(), ("--deep",)])
def test_a_configuration_that_is_wrong_is_in_the_report(
    doctor, configured, environ: dict[str, str], text: str | None, wrong: list[str], option: tuple[str, ...]
) -> None:
    if text is None:
        environ["LLM_GATEWAY_CONFIG"] = "/nowhere/config.toml"
    else:
        configured(text)
    report, code = doctor(*option)
    told = [each for each in report["findings"] if each["subject"] == "configuration"]
    assert (code, report["ok"], report["deep"], report["providers"]["echo"]["version"]) == (
        1, False, False, "1.4.0"
    )  # fmt: skip
    assert [each["level"] for each in told] == [*["error"] * len(wrong), "info"]
    assert [words for words, each in zip(wrong, told, strict=False) if words not in each["message"]] == []
    assert all(environ["LLM_GATEWAY_CONFIG"] in each["message"] for each in told[:-1])
    assert report["database"]["path"] == os.path.join(environ["LLM_GATEWAY_STATE"], "gateway.db")


def test_a_person_reads_what_is_wrong_with_the_configuration(invoke, configured) -> None:
    configured("state = [")
    result = invoke("doctor")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "error: configuration: " in result.stdout
    assert "  Correct the file.\n" in result.stdout


def test_without_any_cli_nothing_works(doctor, configured) -> None:
    configured('[providers.echo]\nexecutable = "/nowhere/cli"\n')
    report, code = doctor()
    assert code == 1
    assert [(finding["subject"], finding["message"]) for finding in report["findings"]] == [
        ("providers", "No provider's CLI is installed."),
        ("echo", "Echo is not installed."),
    ]


def test_a_quarantined_plugin_is_an_error(doctor, environ: dict[str, str]) -> None:
    environ["GATEWAY_PLUGINS"] = "gateway.testing.echo,nothing.of.this.name"
    report, code = doctor()
    assert code == 1
    assert [plugin["name"] for plugin in report["plugins"] if plugin["error"]] == ["nothing.of.this.name"]


def test_a_database_that_is_open_to_others_is_an_error(doctor, environ: dict[str, str]) -> None:
    state = Path(environ["LLM_GATEWAY_STATE"])
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    report, code = doctor()
    assert (code, report["exposed"]) == (1, [{"path": str(state), "mode": "0755"}])


def test_a_broken_database_is_an_error_and_not_a_crash(doctor, environ: dict[str, str]) -> None:
    state = Path(environ["LLM_GATEWAY_STATE"])
    state.mkdir(mode=0o700)
    (state / "gateway.db").write_bytes(b"no database at all" * 100)
    report, code = doctor("--deep")
    assert (code, report["database"]["exists"]) == (1, True)
    assert {finding["subject"] for finding in report["findings"] if finding["level"] == "error"} >= {
        "database",
        "gateway",
    }


def test_a_person_reads_what_to_do(invoke) -> None:
    result = invoke("doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        "warning: echo: Echo is not logged in.\n  Echo needs no login; ECHO_KEY stands for one.\n"
        in result.stdout
    )
    assert result.stdout.endswith("Nothing is broken.\n")


def test_a_backend_that_forgets_and_a_wrong_variable_are_told(invoke: Any, environ: dict[str, str]) -> None:
    environ |= {"LLM_GATEWAY_LOGS_DB": "none", "SESSION_TTL": "long"}
    told = {
        each["message"]: each["level"] for each in json.loads(invoke("doctor", "--json").stdout)["findings"]
    }
    assert told["SESSION_TTL is set to 'long', and must be: number, > 0. It is ignored."] == "warning"
    assert (
        told["Nothing is kept: there are no jobs that one could come back for. The backend is 'none'."]
        == "info"
    )
