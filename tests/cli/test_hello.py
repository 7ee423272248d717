import json
import subprocess
from pathlib import Path

import pytest
import trio

LIMIT = 60.0
LIKE_ECHO = '''
"""A provider that is like echo, with something amiss."""

from msgspec.structs import replace

from gateway import hookimpl
from gateway.testing import echo

for _name in dir(echo):
    if _name.startswith("gateway_"):
        globals()[_name] = getattr(echo, _name)
'''
ABSENT = """
@hookimpl
def gateway_provider():
    return replace(echo.gateway_provider(), name="absent", executable="no-such-cli", install=("get no-such-cli",))
"""
LOCKED = """
@hookimpl
def gateway_provider():
    return replace(echo.gateway_provider(), name="locked", login="Find the key.")

@hookimpl
def gateway_judge(outcome):
    return replace(outcome, ending="auth_required", error="No key")
"""


@pytest.fixture
def install(environ: dict[str, str], tmp_path: Path):
    """Installs a plugin that is like echo but for what the code says."""

    def write(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(LIKE_ECHO + code)
        environ["PYTHONPATH"] += f":{tmp_path}"
        environ["GATEWAY_PLUGINS"] = name

    return write


@pytest.fixture
def hello(read, spawn):
    """Says hello, and tells the exit code and what was printed."""

    async def run(*words: str) -> tuple[int, str]:
        with trio.fail_after(LIMIT):
            process = await spawn("hello", *words, stdout=subprocess.PIPE)
            text = await read(process.stdout)
            return await process.wait(), text

    return run


async def test_every_installed_provider_is_asked_through_a_server(hello) -> None:
    code, text = await hello("--json")
    told = json.loads(text)
    (trial,) = told["providers"]
    facts = {
        name: trial[name] for name in ("provider", "version", "ending", "answer", "inputTokens", "remedy")
    }
    assert (code, told["demo"], told["tools"][:2], facts) == (
        0,
        False,
        ["echo_request", "echo_request_async"],
        {
            "provider": "echo",
            "version": "1.4.0",
            "ending": "ok",
            "answer": "reply with exactly: pong",
            "inputTokens": 4,
            "remedy": None,
        },
    )


async def test_where_nobody_is_installed_echo_shows_the_way_and_the_remedy_is_told(hello, install) -> None:
    install("absent", ABSENT)
    code, text = await hello()
    lines = text.splitlines()
    rows = [line.split("\t")[:4] for line in lines if "\t" in line]
    assert (code, lines[0], rows[1:], lines[-1]) == (
        0,
        "No provider's CLI is installed and logged in. This is the echo provider, which answers with its prompt:",
        [["absent", "", "cli_missing", ""], ["echo", "1.4.0", "ok", "reply with exactly: pong"]],
        "absent: The 'no-such-cli' command was not found. Install the Echo CLI and make sure it is on PATH. "
        "Install it with: get no-such-cli",
    )


async def test_where_nobody_is_logged_in_echo_shows_the_way_and_the_remedy_is_told(hello, install) -> None:
    install("locked", LOCKED)
    code, text = await hello("--json")
    told = json.loads(text)
    trials = [(trial["provider"], trial["ending"]) for trial in told["providers"]]
    assert (code, told["demo"], trials, "Find the key." in told["providers"][0]["remedy"]) == (
        0,
        True,
        [("locked", "auth_required"), ("echo", "ok")],
        True,
    )


async def test_a_server_that_does_not_start_is_told(read, spawn, environ) -> None:
    environ["LLM_GATEWAY_STATE"] = "/dev/null/nowhere"
    with trio.fail_after(LIMIT):
        process = await spawn("hello", stderr=subprocess.PIPE)
        said, code = await read(process.stderr), await process.wait()
    assert (code, said.splitlines()[0].partition(":")[0], "Traceback" in said) == (1, "Error", False)
