"""Makes the examples importable as installed packages are, and runs the real CLIs of those that are providers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import pytest

from gateway.testing.bench import Bench, Run
from gateway.testing.transcripts import declared_flags, listed_flags

HERE = Path(__file__).parent
sys.path.extend(str(project.parent) for project in sorted(HERE.glob("*/pyproject.toml")))


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The mock of model APIs that the repository's own acceptance tests use."""
    sys.path.insert(0, str(HERE.parent))
    from tests.acceptance.mock_api import MockApi

    with MockApi(tmp_path_factory.mktemp("mock-api") / "requests.jsonl") as api:
        yield api


class RealCli:
    """A provider with its real CLI, offline, in a HOME of its own."""

    def __init__(self, name: str, home: Path, offline: "Offline", url: str) -> None:
        self.bench = Bench(f"gateway_plugin_{name}")
        self.info = self.bench.provider.info
        self.executable = _found(self.info.executable)
        self.home = home
        self.work = home / "work"
        self.work.mkdir(parents=True)
        environment, files = offline
        filled = {each: Template(text).substitute(url=url) for each, text in environment.items()}
        self.environ = {"PATH": os.environ.get("PATH", os.defpath), **filled}
        self.config = {"providers": {name: {"env": list(environment)}}}
        for place, text in files.items():
            (home / place).parent.mkdir(parents=True, exist_ok=True)
            (home / place).write_text(Template(text).safe_substitute(url=url))

    def unlisted(self) -> frozenset[str]:
        """The flags of the plugin that the help of the real binary does not list."""
        commands = [(self.executable, *each.args) for each in self.info.help]
        told = [subprocess.run(each, capture_output=True, text=True, check=True) for each in commands]
        return declared_flags(self.info) - listed_flags("".join(each.stdout + each.stderr for each in told))

    async def ask(self, prompt: str, **arguments: Any) -> Run:
        """Ask it through a gateway, and wait for the end."""
        return await self.bench.run(
            self.home,
            {"prompt": prompt, **arguments},
            config=self.config,
            environ=self.environ,
            executable=self.executable,
        )


Offline = tuple[Mapping[str, str], Mapping[str, str]]
"""What keeps a CLI offline: its environment, and files below its HOME. `$url` is the mock's address."""


def _found(executable: str) -> str:
    folders = os.pathsep.join((os.environ.get("GATEWAY_TEST_CLIS", ""), os.environ.get("PATH", "")))
    found = shutil.which(executable, path=folders)
    if found is None:
        pytest.skip(f"{executable} is neither in $GATEWAY_TEST_CLIS nor on PATH; see examples/README.md")
    return found


@pytest.fixture
def real_cli(tmp_path: Path, mock: Any) -> Callable[[str, Offline], RealCli]:
    """Makes a provider with its real CLI; the test is skipped where there is none."""
    return lambda name, offline: RealCli(name, tmp_path / "home", offline, mock.url)
