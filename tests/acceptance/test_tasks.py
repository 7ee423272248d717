"""The tasks of the gateway against the official conformance suite, over HTTP, and against a gateway that is killed."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp_types.version import LATEST_MODERN_VERSION

from gateway.server.bootstrap import CAPABILITIES, VERSION
from gateway.server.task_words import EXTENSION

from .web import Web, environment, node_modules, run_node, start

SCENARIOS = (
    "tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields", "tasks-request-state-removal",
    "tasks-request-headers", "tasks-dispatch-and-envelope", "tasks-status-notifications", "tasks-mrtr-input",
    "tasks-required-task-error",
)  # fmt: skip
COMPOSED = "tasks-mrtr-composition"
"""The scenario for a tool that asks before its task begins. Its fixture is a tool of the server, not of a plugin."""
FIXTURES = str(Path(__file__).parent)
CLIENT = Path(__file__).with_name("tasks_client.mjs")


def serve(folder: Path) -> Web:
    """A server without a token, with the tools that the suite calls."""
    path = os.pathsep.join((FIXTURES, *filter(None, sys.path)))
    plugins = "conformance_tools,conformance_policy"
    return start(folder, LLM_GATEWAY_AUTH_DISABLED="1", GATEWAY_PLUGINS=plugins, PYTHONPATH=path)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    served = serve(tmp_path)
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


def test_the_official_client_of_the_extension_answers_what_tasks_ask(web: Web, tmp_path: Path) -> None:
    seen = {}
    for tool, arguments in {
        "greet": {"name": "Ann"},
        "confirm_delete": {"filename": "b"},
        "multi_input": {},
    }.items():
        args = (str(node_modules()), web.url, tool, json.dumps(arguments))
        done = run_node(CLIENT, *args, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        seen[tool] = json.loads(done.stdout)

    word = "A request to Conformance needs a person's word:"
    asked = {tool: sorted(told["asked"]) for tool, told in seen.items()}
    assert asked == {
        "greet": [],
        "confirm_delete": [["task-update", f"{word} Delete b?"]],
        "multi_input": [["task-update", f"{word} The {number} yes"] for number in ("first", "second")],
    }
    assert [told["text"] for told in seen.values()] == ["Hello, Ann!", "Deleted b", "Both said yes."]


def say(web: Web, method: str, named: str, **params: object) -> dict[str, Any]:
    """What a client of the newer protocol is answered that takes tasks and shows forms."""
    declared = {"extensions": {EXTENSION: {}}, "elicitation": {}}
    params["_meta"] = {VERSION: LATEST_MODERN_VERSION, CAPABILITIES: declared}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": LATEST_MODERN_VERSION}
    said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = httpx2.post(web.url, json=said, headers=headers | {"mcp-method": method, "mcp-name": named})
    told: dict[str, Any] = json.loads(answer.text)["result"]
    return told


def asked(web: Web, task: str) -> dict[str, Any]:
    """The task, once it is not working."""
    while True:
        seen = say(web, "tasks/get", task, taskId=task)
        if seen["status"] != "working":
            return seen


def test_what_a_task_asks_outlives_a_gateway_that_is_killed(web: Web, tmp_path: Path) -> None:
    arguments = {"filename": "a.txt"}
    task = say(web, "tools/call", "confirm_delete", name="confirm_delete", arguments=arguments)["taskId"]
    first = asked(web, task)
    web.process.kill()
    web.process.wait()
    after = serve(tmp_path)
    second = asked(after, task)
    yes = {"policy1": {"action": "accept", "content": {"confirm": True}}}
    say(after, "tasks/update", task, taskId=task, inputResponses=yes)
    end = asked(after, task)
    after.process.terminate()
    after.process.wait()

    assert (first["status"], second["inputRequests"]) == ("input_required", first["inputRequests"])
    assert end["result"]["content"][0]["text"] == "Deleted a.txt"
