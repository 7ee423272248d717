"""Private files whose paths a CLI is told in its environment."""

import json
import os
import stat
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from gateway import Launch, TempFile, hookimpl, replace
from gateway.testing.bench import Bench


class Setter:
    """A plugin, in the place of a module: it adds a file of settings, and looks at it while the CLI runs."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.seen: list[tuple[bytes, int]] = []

    @hookimpl(wrapper=True)
    def gateway_launch(self) -> Generator[None, Launch, Launch]:
        launch = yield
        return replace(launch, env_files={"ECHO_SETTINGS": TempFile("settings.json", b"{}")})

    @hookimpl
    def gateway_job_started(self) -> None:
        (file,) = self.state.glob("jobs/*/*.files/settings.json")
        self.seen.append((file.read_bytes(), stat.S_IMODE(file.stat().st_mode)))


async def test_a_variable_holds_the_path_of_a_private_file_as_long_as_the_cli_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setter = Setter(tmp_path / "state")
    monkeypatch.setitem(sys.modules, "setter", setter)
    run = await Bench("gateway.testing.echo", "setter").run(tmp_path, {"prompt": "ECHO:env"})
    path = json.loads(run.text)["ECHO_SETTINGS"]

    assert setter.seen == [(b"{}", 0o600)]
    assert path.startswith(str(tmp_path / "state" / "jobs" / run.job.id))
    assert (os.path.basename(path), os.path.exists(path)) == ("settings.json", False)
