"""The completion, at the tab key of real shells. Those that are not installed are skipped."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE = 30.0
BASH = """\
eval "$(gateway completion bash)"
COMP_WORDS=({words}); COMP_CWORD={last}
_gateway_completion gateway
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What a shell needs to find the `gateway` of this Python, with the echo provider alone."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "GATEWAY_PLUGINS": "gateway.testing.echo",
        "LLM_GATEWAY_STATE": str(tmp_path / "state"),
    }


def found(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def ran(environ: dict[str, str], *words: str) -> list[str]:
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [("gateway jo", ["jobs"]), ("gateway ask e", ["echo"]), ("gateway models ''", ["echo"])],
)
def test_bash_completes(environ: dict[str, str], words: str, expected: list[str]) -> None:
    script = BASH.format(words=words, last=len(words.split()) - 1)
    assert ran(environ, found("bash"), "--norc", "-c", script) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gateway jo", ["jobs\tLook at jobs, follow them, fetch their..."]),
        ("gateway models ", ["echo\tEcho"]),
    ],
)
def test_fish_completes_and_tells_what_it_is(environ: dict[str, str], line: str, expected: list[str]) -> None:
    script = f'gateway completion fish | source; complete -C "{line}"'
    assert [each for each in ran(environ, found("fish"), "-c", script) if each] == expected


@pytest.mark.parametrize(
    ("line", "expected"), [("gateway jo", "gateway jobs"), ("gateway ask e", "gateway ask echo")]
)
def test_zsh_completes_what_is_typed(environ: dict[str, str], line: str, expected: str) -> None:
    begin = 'PS1="re""ady> "; autoload -U compinit; compinit -u -D; eval "$(gateway completion zsh)"\n'
    shell = found("zsh")
    process, terminal = pty.fork()
    if process == 0:
        os.execve(shell, [shell, "-f", "-i"], environ)
    try:
        os.write(terminal, begin.encode())
        heard(terminal, "ready> ")
        os.write(terminal, f"{line}\t".encode())
        heard(terminal, expected)
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


def heard(terminal: int, words: str) -> None:
    """Read until these words have come."""
    text, end = "", time.monotonic() + PATIENCE
    while words not in text:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, text
        text += os.read(terminal, 65536).decode(errors="replace")
