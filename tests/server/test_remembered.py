"""The answers of the last start: kept privately, recalled only while they are true."""

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import JSONRPCResponse

from gateway.config import read_config
from gateway.domain.probes import Finding
from gateway.plugin.manager import Plugins, load
from gateway.server.app import make_server
from gateway.server.bootstrap import Early
from gateway.server.recording import MOST, _Client, _keep, recorded, remember, took_part
from gateway.server.remembered import Memory
from gateway.server.stdio import Writer
from gateway.service.gateway import open_gateway

ECHO = load(["gateway.testing.echo"])


class Start:
    """One start of the gateway after another, in a home of their own."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.environ = environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        self.words = ["serve"]
        self.findings: tuple[Finding, ...] = ()

    def memory(self) -> Memory:
        memory = Memory("1", self.words, self.environ)
        memory.recall()
        return memory

    def leave(self) -> None:
        """Leave something for the next start, without having served."""
        memory, files = self.memory(), took_part(read_config(self.environ), ECHO, self.environ)
        _keep(memory, files, {"asked": "answered"})

    async def serve(self, memory: Memory) -> dict[str, str]:
        """Serve once, and leave what is answered for the next start."""
        plugins = Plugins(ECHO.providers, ECHO.loaded, self.findings)
        async with open_gateway(read_config(self.environ), plugins, self.environ) as gateway:
            server = make_server(gateway)
            await remember(server, gateway, memory)
            return await recorded(server)


@pytest.fixture
def start(environ, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(work)
    (tmp_path / "site" / "acme-1.dist-info").mkdir(parents=True)
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / "mine.md").write_text("# Mine\n")
    config = tmp_path / ".llm-cli-gateway" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'skills = ["{tmp_path}/skills"]\n')
    return Start(environ, tmp_path)


async def test_the_next_start_recalls_what_this_one_answered(start: Start, tmp_path: Path) -> None:
    first = start.memory()
    said = await start.serve(first)

    (file,) = (tmp_path / "cache" / "gateway").iterdir()
    assert first.answers == {}
    assert start.memory().answers == said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


CHANGES: dict[str, Callable[[Start, Path], object]] = {
    "another command line": lambda start, home: start.words.append("--profile"),
    "a variable by our prefix": lambda start, home: start.environ.update(LLM_GATEWAY_PROFILE="compact"),
    "a variable of the configuration": lambda start, home: start.environ.update(SESSION_TTL="77"),
    "a changed configuration": lambda start, home: (home / ".llm-cli-gateway/config.toml").write_text("\n"),
    "a new configuration": lambda start, home: (
        (home / ".config/gateway").mkdir(parents=True)
        or (home / ".config/gateway/config.toml").write_text("")
    ),
    "a declared provider": lambda start, home: (home / ".llm-cli-gateway/providers").mkdir(),
    "a changed skill": lambda start, home: (home / "skills/mine.md").write_text("# Other\n"),
    "a new skill": lambda start, home: (home / "skills/new.md").write_text("# New\n"),
    "a new distribution": lambda start, home: (home / "site/parrot-1.dist-info").mkdir(),
    "new entry points": lambda start, home: (home / "site/acme-1.dist-info/entry_points.txt").write_text(""),
    "another path": lambda start, home: sys.path.append(str(home)),
    "a torn file": lambda start, home: os.truncate(next((home / "cache/gateway").iterdir()), 100),
    "a foreign file": lambda start, home: next((home / "cache/gateway").iterdir()).write_text('{"a": [1]}'),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_may_not_be_true_any_more_is_not_recalled(start: Start, tmp_path, change: str) -> None:
    start.leave()
    assert start.memory().answers

    CHANGES[change](start, tmp_path)
    assert start.memory().answers == {}


def test_a_memory_is_the_same_in_every_home_and_state(start: Start, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / ".llm-cli-gateway" / "config.toml").unlink()
    start.leave()
    monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
    start.environ["LLM_GATEWAY_STATE"] = str(tmp_path / "elsewhere")

    assert start.memory().answers


async def test_nothing_is_remembered_of_a_start_with_a_broken_plugin(start: Start) -> None:
    start.findings = (Finding(subject="plugin x", message="broken"),)
    await start.serve(start.memory())

    assert start.memory().answers == {}


async def test_nothing_is_remembered_when_something_changed_meanwhile(start: Start, tmp_path: Path) -> None:
    memory = start.memory()
    (tmp_path / "skills" / "mine.md").write_text("# Other\n")
    memory.began = time.time_ns() - 60_000_000_000
    await start.serve(memory)

    assert start.memory().answers == {}


def test_only_the_newest_memories_are_kept(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "gateway"
    folder.mkdir(parents=True)
    for number in range(MOST + 3):
        (folder / f"answers-{number}.json").write_text("{}")
        os.utime(folder / f"answers-{number}.json", (number, number))
    (folder / "other.json").write_text("{}")
    start.leave()

    assert len(list(folder.glob("answers-*"))) == MOST
    assert start.memory().answers
    assert (folder / "other.json").exists()


def test_a_memory_that_another_gateway_has_just_dropped_keeps_nobody_from_tidying(
    start: Start, tmp_path: Path
) -> None:
    start.leave()
    folder = tmp_path / "cache" / "gateway"
    (folder / "answers-gone.json").symlink_to("/nowhere")  # is listed, and is not there
    for number in range(MOST + 3):
        start.words = ["serve", str(number)]
        start.leave()

    assert len([each for each in folder.glob("answers-*") if each.exists()]) == MOST


async def test_an_answer_of_the_server_that_differs_makes_it_forget(start: Start, caplog) -> None:
    start.leave()
    memory = start.memory()
    early = Early(memory, os.pipe())
    early.end()
    early.answered = {1: b"stale", 2: b'{"jsonrpc":"2.0","id":2,"result":{}}\n'}
    writer = Writer(_Client(b"", 0), early)
    await writer.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=2, result={})))
    kept = start.memory().answers
    await writer.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={})))
    await writer.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={})))
    for descriptor in (early.incoming, early.outgoing):
        os.close(descriptor)

    assert (bool(kept), start.memory().answers) == (True, {})
    assert list(writer._frames) == [b'{"jsonrpc":"2.0","id":1,"result":{}}\n']
    assert "out of date" in caplog.text
