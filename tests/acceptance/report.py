"""Runs the real CLIs through the gateway and writes what came of it into their plugins, as pages for people.

python -m tests.acceptance.report [PROVIDER ...]; then python docs/generate.py
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import trio

from gateway.host.spool import Spool
from gateway.plugin.manager import load

from .conftest import search_path
from .homes import Home, make_home
from .mock_api import MockApi
from .real_clis import PLUGINS, PROVIDERS
from .served import QUICK, Served, serving, terminate

HEAD = """\
# {title} {version}, as the gateway drives it

Made by `python -m tests.acceptance.report {name}`; [what that means](../../docs/real-clis.md).
"""
HELLO = "hello.json"
"""What `gateway hello --json` tells of a provider; the README of the project shows it."""


class Row(NamedTuple):
    """One run."""

    what: str
    told: dict[str, Any]
    exit: str
    argv: list[str]
    version: str


def _row(served: Served, what: str, told: dict[str, Any], job: str) -> Row:
    folder = served.home.folder / "gateway" / "jobs" / job / "1"
    attempt = json.loads(Spool(str(folder)).record() or b"")
    returncode = Spool(str(folder)).returncode()
    status = "none" if returncode is None else str(returncode)
    name = Path(attempt["executable"]).name
    words = [re.sub(r"/\S*/jobs/[\w-]+/1\.files", "JOB", word) for word in attempt["args"]]
    return Row(what, told, status, [name, *words], attempt["version"])


async def _asked(served: Served, provider: str, what: str, prompt: str, **fields: Any) -> Row:
    answer = await served.ask(provider, prompt, **fields)
    return _row(served, what, answer.told, answer.told["jobId"])


async def _stopped(served: Served, mock: MockApi, provider: str, what: str) -> Row:
    """A run that is stopped while the model answers: by the gateway, or by a stranger's SIGTERM."""
    mention = uuid4().hex
    job = await served.begin(provider, f"MOCK:hang {mention}")
    await trio.to_thread.run_sync(mock.wait_for_request, mention)
    if what == "cancelled":
        await served.call("llm_job_cancel", jobId=job)
    else:
        terminate(job)
    return _row(served, what, await served.ended(job), job)


async def _runs(served: Served, mock: MockApi, provider: str) -> list[Row]:
    new = await _asked(served, provider, "new", "Hello!")
    resumed = await _asked(served, provider, "resumed", "MOCK:history", sessionId=new.told["sessionId"])
    failures = {"401": "MOCK:error=401", "429": "MOCK:error=429", "empty answer": "MOCK:empty"}
    failed = [await _asked(served, provider, what, prompt) for what, prompt in failures.items()]
    stopped = [await _stopped(served, mock, provider, what) for what in ("cancelled", "SIGTERM to the CLI")]
    return [new, resumed, *failed, *stopped]


def _page(name: str, title: str, rows: list[Row]) -> Iterator[str]:
    new, resumed = rows[:2]
    session = new.told["sessionId"]
    yield HEAD.format(name=name, title=title, version=new.version)
    for row in (new, resumed):
        known = {row.told["sessionId"]} | set(
            re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", " ".join(row.argv))
        )
        line = " ".join(row.argv)
        for each in known:
            line = line.replace(each, "ID")
        yield f"{row.what}:\n\n    {line}\n"
    yield "| run | ending | exit | input | output | cache read | cost, USD | session |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        told = row.told
        counts = [_cell(told.get(name)) for name in ("inputTokens", "outputTokens", "cacheReadTokens")]
        cost = told.get("costUsd")
        same = (
            "the same"
            if told.get("sessionId") == session and row is not new
            else _cell(told.get("sessionId"))
        )
        cells = (
            row.what,
            told["ending"],
            row.exit,
            *counts,
            _cell(None if cost is None else f"{cost:.6f}"),
            same,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _cell(value: object) -> str:
    return "-" if value is None else str(value)


async def _hello(home: Home, name: str) -> dict[str, Any]:
    """What `gateway hello` says of a provider, whose CLI is the only one in this home."""
    command = [sys.executable, "-m", "gateway", "hello", "--json"]
    done = await trio.run_process(command, env=home.environment, cwd=home.work, capture_stdout=True)
    return next(each for each in json.loads(done.stdout)["providers"] if each["provider"] == name)


async def _report(names: list[str]) -> None:
    plugins = load()
    with tempfile.TemporaryDirectory() as scratch, MockApi(Path(scratch) / "requests.jsonl") as mock:
        for name in names or PROVIDERS:
            folder, cli = PLUGINS / name, (PROVIDERS[name].cli,)
            home = make_home(Path(scratch) / name, mock.url, names=cli, search_path=search_path())
            async with serving(home, era="auto", config=QUICK, environment={}) as served:
                rows = await _runs(served, mock, name)
            title = plugins.provider(name).info.title
            (folder / "REAL_RUNS.md").write_text("\n".join(_page(name, title, rows)))
            other = make_home(Path(scratch) / f"{name}-hello", mock.url, names=cli, search_path=search_path())
            said = json.dumps(await _hello(other, name), indent=2)
            (folder / "tests" / HELLO).write_text(f"{said}\n")


if __name__ == "__main__":
    trio.run(_report, sys.argv[1:])
