"""How the commands behave towards pipes, terminals and shells."""

import os
import re
import subprocess
import sys

import pytest
import trio
from click.shell_completion import BashComplete

from gateway.cli.main import COMMANDS, main
from gateway.cli.output import is_terminal

LIMIT = 60.0


async def test_a_reader_that_is_gone_hears_no_complaint(read, spawn) -> None:
    with trio.fail_after(LIMIT):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = await spawn("ask", "echo", **pipes)
        await process.stdout.aclose()
        async with process.stdin:
            await process.stdin.send_all(b"hello")
        said, code = await read(process.stderr), await process.wait()
    assert (said, code) == ("", 1)


@pytest.mark.parametrize("option", [(), ("--json",)])
async def test_a_full_disk_is_an_error_and_no_traceback(read, spawn, option: tuple[str, ...]) -> None:
    with trio.fail_after(LIMIT):
        async with await trio.open_file("/dev/full", "wb") as full:
            process = await spawn("models", *option, stdout=full.wrapped.fileno(), stderr=subprocess.PIPE)
        said, code = await read(process.stderr), await process.wait()
    assert (said, code) == (
        "Error: the system says: [Errno 28] No space left on device\nDEBUG=1 tells where it happened.\n",
        1,
    )


def test_without_an_output_there_is_nobody_to_draw_for() -> None:
    assert not is_terminal(None)


async def test_no_color_is_heeded_on_a_terminal(terminal, environ: dict[str, str]) -> None:
    environ |= {"NO_COLOR": "1", "TERM": "xterm-256color"}
    drawn = await _on_terminal(terminal, "models")
    assert "echo-1" in drawn
    assert re.findall(r"\x1b\[[\d;]*?(?:3|4|9|10)[0-9][\d;]*m", drawn) == []


async def test_progress_is_shown_on_a_terminal(terminal, gate) -> None:
    with trio.fail_after(LIMIT):
        process, chunks = await terminal("ask", "echo", f"ECHO:tool=Bash {gate.words}")
        written = ""
        while "Echo: using Bash" not in written:
            written += await anext(chunks)
        gate.open()
        assert [chunk async for chunk in chunks]
        assert await process.wait() == 0


async def test_quiet_shows_no_progress_on_a_terminal(terminal) -> None:
    assert await _on_terminal(terminal, "ask", "echo", "ECHO:tool=Bash hi", "-q") == "ECHO:tool=Bash hi\r\n"


async def test_ids_are_short_on_a_terminal(terminal) -> None:
    await _on_terminal(terminal, "ask", "echo", "hi", "-q")
    row = (await _on_terminal(terminal, "jobs", "list")).splitlines()[1]
    assert len(row.split()[0]) == 8


async def _on_terminal(terminal, *words: str) -> str:
    """What a command writes to a terminal that is its stdout and stderr."""
    with trio.fail_after(LIMIT):
        process, chunks = await terminal(*words)
        written = "".join([chunk async for chunk in chunks])
        await process.wait()
    return written


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_the_shell(invoke, shell: str) -> None:
    assert "_GATEWAY_COMPLETE" in invoke("completion", shell).stdout


async def test_completion_knows_the_providers(environ: dict[str, str]) -> None:
    asked = {"COMP_WORDS": "gateway ask e", "COMP_CWORD": "2", "_GATEWAY_COMPLETE": "bash_complete"}
    code = "import sys; sys.argv = ['gateway']; from gateway.cli.main import main; main()"
    with trio.fail_after(LIMIT):
        done = await trio.run_process(
            [sys.executable, "-c", code], env=os.environ | environ | asked, capture_stdout=True, check=False
        )
    assert done.stdout == b"plain,echo\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("models",), ["echo"]),
        (("contracts", "--provider"), ["echo"]),
        (("setup",), ["cursor", "vscode", "echo"]),
        (("jobs", "show"), []),
    ],
)
def test_arguments_are_suggested(environ, monkeypatch, words: tuple[str, ...], expected: list[str]) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    shell = BashComplete(main, {}, "gateway", "_GATEWAY_COMPLETE")
    assert [item.value for item in shell.get_completions(list(words), "")] == expected


def test_jobs_are_suggested_by_their_ids(invoke, environ, monkeypatch) -> None:
    invoke("ask", "echo", "hi")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    shell = BashComplete(main, {}, "gateway", "_GATEWAY_COMPLETE")
    (job,) = shell.get_completions(["jobs", "show"], "")
    assert (job.value in invoke("jobs", "list").stdout, job.help) == (True, "echo ok")


def test_the_help_tells_the_exit_codes(invoke) -> None:
    assert "130  interrupted" in invoke("--help").stdout


def test_every_command_explains_itself(invoke) -> None:
    assert [command for command in COMMANDS if invoke(command, "--help").exit_code] == []


def test_a_wrong_configuration_is_an_error_with_a_hint(invoke, environ: dict[str, str]) -> None:
    environ["LLM_GATEWAY_CONFIG"] = "/nowhere.toml"
    result = invoke("jobs", "list")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: The configuration /nowhere.toml does not exist.\nCorrect LLM_GATEWAY_CONFIG.\n",
    )
