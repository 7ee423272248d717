"""A `gateway serve --http` in a process of its own, and what official programs make of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, TextIO

import psutil
import pytest

SCRIPT = Path(__file__).with_name("typescript_client.cjs")
PATIENCE = 120


class Web(NamedTuple):
    """A served gateway."""

    process: "subprocess.Popen[str]"
    url: str
    token: str
    state: Path

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.url)[0])

    def memory(self) -> int:
        """The bytes that it holds."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A home of its own, and no provider but echo."""
    return {
        "HOME": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LLM_GATEWAY_STATE": str(folder / "state"),
        "GATEWAY_PLUGINS": "gateway.testing.echo",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **more,
    }


def start(folder: Path, **more: str) -> Web:
    """Start a server at a free port, and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--http", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder, **more),
        cwd=folder,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"serving MCP at (\S+)", line):
            token = folder / "state" / "http-token"
            shown = token.read_text().strip() if token.exists() else ""
            Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            return Web(process, found[1], shown, folder / "state")
    raise AssertionError(f"the server ended with {process.wait()}")


def _drain(log: TextIO) -> None:
    """Read what nobody wants to know: a pipe that is full would stop the server."""
    with log:
        for _ in log:
            pass


def node_modules() -> Path:
    """Where npm has put the official programs of the protocol."""
    folder = Path(os.environ.get("GATEWAY_TEST_CLIS", "/nowhere")).parent / "mcp" / "node_modules"
    if not folder.is_dir() or node(folder) is None:
        pytest.skip(f"node or {folder} is missing; see tests/acceptance/README.md")
    return folder


def node(folder: Path) -> str | None:
    """The node that npm has put there, else the one on PATH."""
    return shutil.which("node", path=str(folder / ".bin")) or shutil.which("node")


def run_node(script: Path, *args: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of npm's to its end, in a folder of the home."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return subprocess.run(
        [str(node(node_modules())), str(script), *args],
        env=environment(folder),
        cwd=work,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def typescript(package: str, mode: str, *to: str, folder: Path) -> dict[str, Any]:
    """What the official TypeScript client has seen."""
    done = run_node(SCRIPT, str(node_modules()), package, mode, *to, folder=folder)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
