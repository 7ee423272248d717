"""``gateway setup``: our entry in the files of clients."""

import json
import os
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from gateway.service.ourselves import NETWORK

LIMIT = 3780
"""What the usual limits come to: an hour, two minutes in the queue, and a minute."""


@pytest.fixture
def home(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if any(fnmatchcase(name, glob) for glob in (*NETWORK, "XDG_*")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    environ |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    return home


@pytest.fixture
def echo(home: Path, environ: dict[str, str]) -> Path:
    """The file of the echo provider, as a client."""
    return Path(environ["ECHO_HOME"], "echo.toml")


@pytest.fixture
def carried(home: Path, environ: dict[str, str]) -> dict[str, str]:
    """What a gateway needs to be the same as ours."""
    return {
        name: environ[name]
        for name in ("LLM_GATEWAY_CONFIG", "LLM_GATEWAY_STATE", "GATEWAY_PLUGINS", "XDG_CONFIG_HOME")
    }


@pytest.fixture
def told(invoke):
    """What a command line tells in JSON; it has to succeed."""

    def run(*args: str) -> dict:
        result = invoke("setup", "--json", *args)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def test_the_entry_is_shown_and_nothing_is_written(invoke, echo: Path, carried: dict[str, str]) -> None:
    result = invoke("setup", "echo")
    assert tomllib.loads(result.stdout) == {
        "mcp_servers": {
            "gateway": {
                "command": sys.executable,
                "args": ["-m", "gateway", "serve"],
                "env": carried,
                "env_vars": ["ECHO_HOME"],
                "tool_timeout_sec": LIMIT,
            }
        }
    }
    assert result.stderr == f"This belongs into {echo}; the same command with --write puts it there.\n"
    assert not echo.exists()


def test_what_is_written_is_what_was_shown(invoke, echo: Path) -> None:
    shown = invoke("setup", "echo").stdout
    result = invoke("setup", "echo", "--write")
    assert echo.read_text() == shown
    assert "change  written\n" in result.stdout
    assert "check   Echo is no client; it only says what one would.\n" in result.stdout


def test_writing_twice_changes_nothing(told, echo: Path) -> None:
    first = told("echo", "--write")
    before = echo.stat()
    second = told("echo", "--write")
    assert (first["change"], second["change"], second["entry"]) == ("written", "none", "current")
    assert echo.stat() == before


def test_only_ours_is_taken_out(told, echo: Path) -> None:
    echo.parent.mkdir()
    echo.write_text('# mine\n[mcp_servers.other]\ncommand = "x"\n')
    told("echo", "--write")
    taken = told("echo", "--remove")
    assert (taken["change"], taken["entry"], taken["copy"]) == ("removed", "absent", f"{echo}.before-gateway")
    assert echo.read_text() == '# mine\n[mcp_servers.other]\ncommand = "x"\n'
    assert told("echo", "--remove")["change"] == "none"


@pytest.mark.parametrize("action", ["--write", "--remove"])
def test_an_entry_that_is_somebody_elses_is_left_alone(invoke, echo: Path, action: str) -> None:
    echo.parent.mkdir()
    echo.write_text('[mcp_servers.gateway]\ncommand = "kong"\n')
    result = invoke("setup", "echo", action)
    assert (result.exit_code, result.stderr) == (
        6,
        f"Error: {echo} has an entry 'gateway' that starts something else; it was left alone.\n"
        "Choose another name with --name.\n",
    )
    assert echo.read_text() == '[mcp_servers.gateway]\ncommand = "kong"\n'


def test_comments_of_an_editor_survive(told, home: Path) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{\n  // mine\n  "mcpServers": {\n    "a": {}, // my own\n  },\n}\n')
    told("cursor", "--write")
    text = file.read_text()
    assert '{\n  // mine\n  "mcpServers": {\n    "a": {}, // my own\n    "gateway": {\n' in text
    told("cursor", "--remove")
    assert file.read_text() == '{\n  // mine\n  "mcpServers": {\n    "a": {}, // my own\n  },\n}\n'


def test_a_file_that_is_broken_is_left_as_it_is(invoke, home: Path) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{"mcpServers": {\n')
    result = invoke("setup", "cursor", "--write")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"Error: Cursor's {file} was left as it is: line 2: a key was expected\n"
        "Correct the file, or put this into it by hand:\n{\n"
    )
    assert os.listdir(file.parent) == ["mcp.json"]


def test_a_server_that_listens_is_named_by_its_address_and_never_with_its_token(
    told, echo: Path, environ: dict[str, str]
) -> None:
    change = told("echo", "--write", "--http")
    assert tomllib.loads(echo.read_text())["mcp_servers"]["gateway"] == {
        "url": "http://127.0.0.1:3333/mcp",
        "bearer_token_env_var": "LLM_GATEWAY_AUTH_TOKEN",
        "tool_timeout_sec": LIMIT,
    }
    token = Path(environ["LLM_GATEWAY_STATE"], "http-token")
    assert (change["token_file"], token.stat().st_mode & 0o777) == (str(token), 0o600)


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("0.0.0.0:8080", "http://127.0.0.1:8080/mcp"),
        ("[::1]:3333", "http://[::1]:3333/mcp"),
        ("10.1.2.3:80", "http://10.1.2.3:80/mcp"),
    ],
)
def test_the_address_is_the_one_that_this_machine_reaches(
    told, echo: Path, environ: dict[str, str], listen: str, url: str
) -> None:
    Path(environ["LLM_GATEWAY_CONFIG"]).write_text(f'[http]\nlisten = "{listen}"\n')
    assert tomllib.loads(told("echo", "--http")["lines"])["mcp_servers"]["gateway"]["url"] == url


def test_the_token_of_another_machine_is_not_made_here(told, environ: dict[str, str]) -> None:
    assert told("echo", "--write", "--http", "https://gateway.example")["token_file"] is None
    assert not os.path.exists(environ["LLM_GATEWAY_STATE"])


@pytest.mark.parametrize("url", ["ftp://x/mcp", "127.0.0.1:3333", "http://me:secret@x/mcp", "http://["])
def test_what_is_no_address_is_refused(invoke, home: Path, url: str) -> None:
    result = invoke("setup", "echo", "--http", url)
    assert (result.exit_code, result.stderr.splitlines()[1]) == (
        2,
        "Give one such as http://127.0.0.1:3333/mcp.",
    )


def test_a_token_that_others_could_read_is_warned_of(invoke, home: Path) -> None:
    result = invoke("setup", "echo", "--http", "http://gateway.example/mcp")
    assert result.stderr.startswith(
        "Warning: The token will travel to another machine for everybody on the way"
    )
    assert "Warning" not in invoke("setup", "echo", "--http", "https://gateway.example/mcp").stderr


def test_an_installation_for_one_run_is_warned_of(invoke, home: Path, monkeypatch, tmp_path: Path) -> None:
    program = tmp_path / "archive-v0" / "x" / "bin" / "gateway"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert f"Warning: {program} belongs to an installation" in invoke("setup", "echo").stderr


@pytest.mark.parametrize("name", ["", "a.b", "a b", "ü", "x" * 65])
def test_a_name_that_some_client_refuses_is_refused(invoke, home: Path, name: str) -> None:
    result = invoke("setup", "echo", "--write", "--name", name)
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: {name!r} is no name for a server.\nUse letters, figures, - and _.\n",
    )


def test_profile_variables_and_name_are_taken_over(told, echo: Path, carried: dict[str, str]) -> None:
    told("echo", "--write", "--profile", "compact", "--env", "A=b=c", "--name", "ours")
    entry = tomllib.loads(echo.read_text())["mcp_servers"]["ours"]
    assert entry["args"] == ["-m", "gateway", "serve", "--profile", "compact"]
    assert entry["env"] == carried | {"A": "b=c"}


def test_keys_of_the_shell_are_handed_on_by_name_and_never_written(
    told, echo: Path, environ: dict[str, str]
) -> None:
    environ |= {"ECHO_KEY": "echo-key-12345678", "ECHO_CLIENT": "1", "HTTPS_PROXY": "", "UNKNOWN_KEY": "x"}
    told("echo", "--write")
    names = tomllib.loads(echo.read_text())["mcp_servers"]["gateway"]["env_vars"]
    assert {name for name in names if name.startswith(("ECHO_", "UNKNOWN"))} == {"ECHO_HOME", "ECHO_KEY"}
    assert "echo-key-12345678" not in echo.read_text()


def test_a_variable_without_value_is_a_mistake(invoke, home: Path) -> None:
    assert "--env takes NAME=VALUE, not 'A'." in invoke("setup", "echo", "--env", "A").stderr


def test_clients_are_listed_with_their_files(told, invoke, home: Path, echo: Path) -> None:
    told("echo", "--write")
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").write_text("{")
    rows = [line.split("\t") for line in invoke("setup").stdout.splitlines()]
    assert rows == [
        ["client", "title", "entry", "file"],
        ["cursor", "Cursor", "unreadable", str(home / ".cursor/mcp.json")],
        ["vscode", "Visual Studio Code", "absent", rows[2][3]],
        ["echo", "Echo", "current", str(echo)],
    ]
    assert [each["entry"] for each in told()["clients"]] == ["unreadable", "absent", "current"]


def test_a_client_that_nobody_knows_is_an_error_that_names_those_there_are(invoke, home: Path) -> None:
    result = invoke("setup", "nobody")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: Nobody has said where 'nobody' keeps its MCP servers.\nKnown: cursor, vscode, echo.\n",
    )


@pytest.mark.parametrize("more", [("--profile", "compact"), ("--env", "A=b")])
def test_what_only_a_gateway_of_its_own_can_be_told_is_refused_with_an_address(invoke, more) -> None:
    result = invoke("setup", "echo", "--http", "http://127.0.0.1:3333/mcp", *more)
    assert (result.exit_code, "leave out --http" in result.stderr) == (2, True)
