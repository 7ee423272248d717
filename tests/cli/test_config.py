"""``gateway config``: what counts, where it comes from, and what is wrong with it."""

import json
import os
from pathlib import Path
from typing import Any

import apsw
import pytest


@pytest.fixture
def written(environ: dict[str, str], tmp_path: Path) -> Any:
    """Writes the file that counts; gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return str(path)

    return write


def test_each_value_is_shown_with_its_origin(invoke: Any, environ: dict[str, str], written: Any) -> None:
    path = written(
        "lease = 5\n[mcp_servers.a]\nargs = ['Bearer abcdefghijklmnopqrst']\nurl = 'http://u:p@h/'\n"
    )
    environ["SYNC_DEADLINE_MS"] = "7"
    values = json.loads(invoke("config", "show", "--json").stdout)["values"]
    assert values["lease"] == {"value": 5.0, "origin": {"kind": "file", "path": path, "line": 1}}
    assert values["heartbeat"] == {"value": 2.5, "origin": {"kind": "default"}}
    assert values["sync_deadline_ms"] == {
        "value": 7,
        "origin": {"kind": "variable", "variable": "SYNC_DEADLINE_MS"},
    }
    assert values["mcp_servers.a.args"]["value"] == ["[redacted]"]
    assert values["mcp_servers.a.url"]["value"] == "http://[redacted]@h/"
    assert f"lease\t5.0\t{path}:1" in invoke("config", "show").stdout.splitlines()


def test_the_path_is_told_whatever_is_in_the_file(invoke: Any, written: Any) -> None:
    path = written("not toml")
    assert invoke("config", "path").stdout == f"{path}\n"
    assert json.loads(invoke("config", "path", "--json").stdout) == {
        "schema_version": 1,
        "path": path,
        "exists": True,
    }


def test_a_right_file_passes_and_warnings_do_not_harm(
    invoke: Any, environ: dict[str, str], written: Any
) -> None:
    path = written("[providers.ecco]\n[providers.qq]\n")
    environ |= {"DATABASE_URL": "x", "ECHO_CONFIG_PATH": "y", "LLM_GATEWAY_STAT": "z"}
    checked = invoke("config", "check")
    assert (checked.exit_code, checked.stdout) == (0, f"{path} is right.\n")
    assert checked.stderr.splitlines() == [
        "Warning: LLM_GATEWAY_STAT means nothing and is ignored.",
        "Did you mean LLM_GATEWAY_STATE?",
        "Warning: DATABASE_URL has no effect here. There is no Postgres or Redis: all gateways of a machine share "
        "one SQLite database.",
        "Warning: ECHO_CONFIG_PATH has no effect here. The CLIs themselves tell their models; their files are not "
        "searched for them.",
        "Remove ECHO_CONFIG_PATH.",
        "Warning: There is no provider 'ecco'.",
        "Did you mean echo?",
        "Warning: There is no provider 'qq'.",
        "See `gateway plugins`.",
    ]


def test_a_table_that_no_plugin_reads_is_told_by_the_doctor_too(invoke: Any, written: Any) -> None:
    written('[plugins."gateway.testing.eco"]\npaths = ["/etc"]\n[plugins."gateway.testing.echo"]\n')
    told = "There is no plugin 'gateway.testing.eco'.", "Did you mean gateway.testing.echo?"
    assert invoke("config", "check").stderr.splitlines() == [f"Warning: {told[0]}", told[1]]
    found = json.loads(invoke("doctor", "--json").stdout)["findings"]
    assert [(each["message"], each["remedy"]) for each in found if each["subject"] == "configuration"] == [
        told
    ]


def test_a_wrong_file_fails_with_all_its_mistakes(invoke: Any, written: Any) -> None:
    path = written("lease = 0\nheartbeet = 1\n")
    checked = invoke("config", "check")
    assert (checked.exit_code, checked.stdout.splitlines()) == (
        1,
        [
            f"{path}:1: `lease` must be: number, > 0",
            f"{path}:2: `heartbeet` is no key; did you mean `heartbeat`?",
        ],
    )
    report = json.loads(invoke("config", "check", "--json").stdout)
    assert report == {
        "schema_version": 1,
        "ok": False,
        "path": path,
        "mistakes": [
            {"line": 1, "told": "`lease` must be: number, > 0"},
            {"line": 2, "told": "`heartbeet` is no key; did you mean `heartbeat`?"},
        ],
        "warnings": [],
    }


def test_a_mistake_that_a_variable_hides_is_found(invoke: Any, environ: dict[str, str], written: Any) -> None:
    written("sync_deadline_ms = 'soon'\n")
    environ["SYNC_DEADLINE_MS"] = "7"
    assert invoke("config", "check").exit_code == 1


def test_a_file_that_was_named_and_is_not_there_fails(invoke: Any, environ: dict[str, str]) -> None:
    environ["LLM_GATEWAY_CONFIG"] = "/nowhere.toml"
    checked = invoke("config", "check")
    assert (checked.exit_code, checked.stdout) == (1, "The configuration /nowhere.toml does not exist.\n")


def test_other_commands_warn_once_and_go_on(invoke: Any, environ: dict[str, str]) -> None:
    environ["SYNC_DEADLINE_MS"] = "abc"
    listed = invoke("jobs", "list")
    assert listed.exit_code == 0
    assert listed.stderr.splitlines() == [
        "Warning: SYNC_DEADLINE_MS is set to 'abc', and must be: integer, ≥ 0. It is ignored.",
        "Correct or remove SYNC_DEADLINE_MS.",
    ]


@pytest.mark.parametrize(
    "words", ["jobs list", "jobs show x", "jobs watch x", "jobs prune", "flights list", "flights stats", "ps"]
)
def test_what_is_not_kept_is_not_looked_up(
    invoke: Any, environ: dict[str, str], tmp_path: Path, words: str
) -> None:
    environ["LLM_GATEWAY_LOGS_DB"] = "none"
    told = invoke(*words.split())
    assert (told.exit_code, told.stderr.splitlines()[-2:]) == (
        2,
        ["Error: Nothing is kept: the backend is 'none'.", "That is set by environment LLM_GATEWAY_LOGS_DB."],
    )
    assert not (tmp_path / "state").exists()


def test_a_project_s_file_keeps_it_apart_in_everything(
    invoke: Any, environ: dict[str, str], tmp_path: Path
) -> None:
    del environ["LLM_GATEWAY_STATE"]
    environ["HOME"] = str(tmp_path / "home")
    lists = ("jobs list", "flights list")
    seen = {}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gateway.toml").write_text('state = ".gateway"\n')
        environ["LLM_GATEWAY_CONFIG"] = str(tmp_path / name / "gateway.toml")
        assert invoke("ask", "echo", name).exit_code == 0
        told = [json.loads(invoke(*words.split(), "--json").stdout) for words in lists]
        seen[name] = (
            [job["id"] for job in told[0]["jobs"]],
            [flight["jobId"] for flight in told[1]["flights"]],
        )
        state = tmp_path / name / ".gateway"
        assert sorted(os.listdir(state / "jobs")) == seen[name][0]
        connection = apsw.Connection(str(state / "gateway.db"))
        counts = [
            connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("jobs", "flights", "sessions")
        ]
        connection.close()
        assert counts == [1, 1, 1]
    assert seen["one"] != seen["two"]
    outside = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert outside == {"one", "two", "echo", "config.toml"}
