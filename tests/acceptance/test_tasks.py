"""The tasks of the gateway against the official conformance suite, over HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .web import Web, environment, node_modules, run_node, start

SCENARIOS = (
    "tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields", "tasks-request-state-removal",
    "tasks-request-headers", "tasks-dispatch-and-envelope", "tasks-status-notifications", "tasks-mrtr-input",
    "tasks-required-task-error",
)  # fmt: skip
COMPOSED = "tasks-mrtr-composition"
"""The scenario for a tool that asks before its task begins. Its fixture is a tool of the server, not of a plugin."""
FIXTURES = str(Path(__file__).parent)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A server without a token, with the tools that the suite calls."""
    path = os.pathsep.join((FIXTURES, *filter(None, sys.path)))
    plugins = "conformance_tools,conformance_policy"
    served = start(tmp_path, LLM_GATEWAY_AUTH_DISABLED="1", GATEWAY_PLUGINS=plugins, PYTHONPATH=path)
    yield served
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(10)
    if served.process.stderr:
        served.process.stderr.close()


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a tool that asks its caller."""
    (tmp_path / "work").mkdir()
    process = subprocess.Popen(
        [sys.executable, str(Path(FIXTURES, "asking_server.py"))],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path / "work",
    )
    with process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def suite() -> Path:
    return (node_modules() / ".bin" / "conformance").resolve()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_tasks_are_those_of_the_extension(web: Web, tmp_path: Path, scenario: str) -> None:
    done = run_node(suite(), "server", "--url", web.url, "--scenario", scenario, folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed, 0 warnings" in done.stdout


def test_a_task_follows_the_answer_to_a_question(asking: str, tmp_path: Path) -> None:
    done = run_node(suite(), "server", "--url", asking, "--scenario", COMPOSED, folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed, 0 warnings" in done.stdout


def test_no_scenario_of_tasks_is_forgotten(tmp_path: Path) -> None:
    listed = run_node(suite(), "list", "--server", folder=tmp_path).stdout

    assert set(re.findall(r"- (tasks-[\w-]+)", listed)) == {*SCENARIOS, COMPOSED}
