"""What other processes tell of a plugin that has crashed in a gateway."""

import json
from pathlib import Path

import pytest
import trio

from gateway.store.crashes import Crash, record_crash
from gateway.store.database import open_database

PROBLEM = "The plugin 'echo' failed in gateway_launch: KeyError: 'x' (/site/echo.py:7)"
TOLD = f"Crashed 2026-11-20T00:00:00.000Z, 2 times by now: {PROBLEM}"


@pytest.fixture
def crashed(environ: dict[str, str]) -> None:
    """A plugin that has crashed twice, and one that is no longer there."""
    path = str(Path(environ["LLM_GATEWAY_STATE"], "gateway.db"))
    trio.run(record, path, "echo", "gateway_judge", "an older one", 1.0)
    trio.run(record, path, "gone", "gateway_launch", "an older one", 2.0)
    trio.run(record, path, "echo", "gateway_launch", PROBLEM, 1_795_132_800.0)


async def record(path: str, plugin: str, hook: str, problem: str, at: float) -> None:
    async with open_database(path) as database:
        await database.run(record_crash, Crash(plugin=plugin, hook=hook, problem=problem, at=at))


def test_the_list_tells_of_it(invoke, crashed) -> None:
    result = invoke("plugins", "list")
    (plugin,) = json.loads(invoke("plugins", "list", "--json").stdout)["plugins"]

    assert (result.stdout.splitlines()[1].split("\t")[4], result.stderr) == ("has crashed", f"{TOLD}\n")
    assert plugin["lastCrash"] == {
        "plugin": "echo",
        "hook": "gateway_launch",
        "problem": PROBLEM,
        "at": "2026-11-20T00:00:00.000Z",
        "count": 2,
    }


def test_its_own_page_tells_of_it(invoke, crashed) -> None:
    crash = json.loads(invoke("plugins", "show", "echo", "--json").stdout)["lastCrash"]

    assert TOLD.removeprefix("Crashed ") in invoke("plugins", "show", "echo").stdout
    assert (crash["problem"], crash["at"]) == (PROBLEM, "2026-11-20T00:00:00.000Z")


def test_the_doctor_tells_of_it(invoke, crashed) -> None:
    findings = json.loads(invoke("doctor", "--json").stdout)["findings"]

    assert [(each["message"], each["level"]) for each in findings if each["subject"] == "plugin echo"] == [
        (TOLD, "warning")
    ]


def test_of_a_plugin_that_never_crashed_there_is_nothing_to_tell(invoke) -> None:
    (plugin,) = json.loads(invoke("plugins", "list", "--json").stdout)["plugins"]
    assert (plugin["lastCrash"], invoke("plugins", "show", "echo").stdout.count("last crash")) == (None, 0)
