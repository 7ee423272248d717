"""What tests of several rooms use."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from gateway.host import descendants
from gateway.host.spool import Spool, private_folder
from gateway.service.installed import Binaries
from gateway.testing.echo import gateway_provider

from .warm import Warm


@pytest.fixture(scope="session", autouse=True)
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for temporary things of our own: what other runs leave in the system's is cleared up by gateways that
    find it, which takes as long as it takes, and may be in use by a run that was only stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("tmp")))
        yield


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Starts `gateway` as a process of its own, without the cost of a start. The workers of a run share it."""
    folder = tmp_path_factory.getbasetemp()
    with Warm(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as warm:
        yield warm


@pytest.fixture(scope="session")
def acquainted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Makes a state folder that knows what echo's CLI is, as it does from its first request on: to ask the CLI for its
    version and its flags is most of what a short run costs."""
    known, info = tmp_path_factory.mktemp("acquainted"), gateway_provider()
    trio.run(Binaries(str(known)).installed, info, info.executable, {})

    def acquaint(state: str) -> None:
        private_folder(state)
        if not os.path.exists(os.path.join(state, "installed.json")):
            shutil.copy(known / "installed.json", state)

    return acquaint


class Gate:
    """Keeps every echo waiting whose prompt has the gate's words, until it is opened.

    No thread waits at it: one that waits for somebody who never comes could not be ended.
    """

    def __init__(self, path: Path, closing: contextlib.ExitStack) -> None:
        self.path = path
        self._closing = closing
        self.words = f"ECHO:until={path}"
        os.mkfifo(path)

    def open(self) -> None:
        """Let pass whoever waits, and whoever comes: reading needs a writer, and there is one from now on."""
        self._closing.callback(os.close, os.open(self.path, os.O_RDWR))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with contextlib.ExitStack() as closing:
        yield Gate(tmp_path / "gate", closing)


@pytest.fixture
def end_jobs() -> Callable[[str], None]:
    """Ends what still runs of the jobs of a state folder: jobs outlive their gateway, but not their test."""

    def end(state: str) -> None:
        for lock in Path(state).glob("jobs/*/*.alive"):
            spool, job = Spool(str(lock.with_suffix(""))), lock.parent.name
            if not spool.alive():
                continue
            while (left := descendants.marked(job)) or spool.alive():  # while we look, more may begin
                descendants.kill(left, signal.SIGKILL)

    return end
