"""What the commands import: start-up is paid for by everybody, on every call."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def imported(environ: dict[str, str], *words: str) -> set[str]:
    """The packages that a command line imports."""
    command = [sys.executable, "-X", "importtime", "-m", "gateway", *words]
    told = subprocess.run(
        command, env=os.environ | environ, capture_output=True, text=True, check=True
    ).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}


def test_the_version_needs_no_machinery(environ: dict[str, str]) -> None:
    assert imported(environ, "--version") & {"mcp", "mcp_types", "trio", "apsw", "pluggy", "rich"} == set()


@pytest.mark.parametrize("words", [["jobs", "list"], ["jobs", "--help"], ["ps"]])
def test_jobs_need_no_protocol_and_no_plugins(environ: dict[str, str], words: list[str]) -> None:
    assert imported(environ, *words) & {"mcp", "mcp_types", "pydantic", "pluggy", "rich"} == set()


def test_a_server_answers_before_it_has_imported_much(environ: dict[str, str]) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import gateway.cli.early"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    files = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert {file for file in files if file.startswith("gateway")} == {
        "gateway", "gateway.cli", "gateway.cli.early", "gateway.server", "gateway.server.bootstrap",
        "gateway.server.remembered",
    }  # fmt: skip
    assert files & {"typing", "threading", "msgspec", "click", "pathlib", "trio", "platformdirs"} == set()


def test_serve_runs_no_code_of_its_folder_and_ends_when_its_client_goes(environ, tmp_path: Path) -> None:
    for name in ("click", "trio", "mcp", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit({name!r})")
    command = [sys.executable, "-m", "gateway", "serve"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | environ,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")
