"""A `gateway serve` of its own, and the official MCP client that talks to it."""

import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import psutil
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from .homes import Home
from .real_clis import PROVIDERS

Hear = Callable[[str], Awaitable[None]]

QUICK = """\
[retry]
attempts = 1
breaker_failures = 100
"""
"""A configuration in which every request is one run, whatever came of those before."""


class Answer(NamedTuple):
    """What a tool call came to."""

    text: str
    told: dict[str, Any]
    """Its structured content."""
    failed: bool


class Served:
    """The gateway, as its client sees it."""

    def __init__(self, client: Client, home: Home) -> None:
        self.client = client
        self.home = home

    async def call(self, tool: str, hear: Hear | None = None, **arguments: Any) -> Answer:
        """Call any tool. `hear` gets the progress notes."""

        async def noted(progress: float, total: float | None, message: str | None) -> None:
            if hear is not None:
                await hear(message or "")

        result = await self.client.call_tool(
            tool, arguments, progress_callback=noted if hear is not None else None
        )
        text = "".join(part.text for part in result.content if part.type == "text")
        return Answer(text, result.structured_content or {}, bool(result.is_error))

    async def ask(self, provider: str, prompt: str, hear: Hear | None = None, **fields: Any) -> Answer:
        """Ask a provider and wait."""
        asked = {**PROVIDERS[provider].fields, "prompt": prompt, **fields}
        return await self.call(f"{provider}_request", hear, **asked)

    async def begin(self, provider: str, prompt: str, **fields: Any) -> str:
        """Ask a provider for a job. Return its id."""
        asked = {**PROVIDERS[provider].fields, "prompt": prompt, **fields}
        begun = await self.call(f"{provider}_request_async", **asked)
        return str(begun.told["job"]["id"])

    async def ended(self, job: str) -> dict[str, Any]:
        """The job, when it has ended."""
        while not (watched := await self.call("llm_job_watch", jobId=job)).told["ended"]:
            pass
        return dict(watched.told["job"])

    async def jobs(self) -> list[dict[str, Any]]:
        """All jobs, the newest first."""
        return list((await self.call("llm_job_list")).told["jobs"])

    async def answer(self, job: str) -> str:
        """The answer of a job that has ended."""
        return str(json.loads((await self.call("llm_job_result", jobId=job)).text)["result"]["stdout"])


@asynccontextmanager
async def serving(home: Home, *, era: str, config: str, environment: dict[str, str]) -> AsyncIterator[Served]:
    """Start a gateway in a home and connect to it. No request is handed over as a job by the clock."""
    with (home.folder / "gateway.toml").open("a") as file:
        file.write(config)
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "gateway", "serve"],
        env={
            **home.environment,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "SYNC_DEADLINE_MS": "0",
            **environment,
        },
        cwd=str(home.work),
    )
    with (home.folder / "gateway.log").open("a") as log:
        async with Client(stdio_client(parameters, errlog=log), mode=era) as client:
            yield Served(client, home)


def processes(mention: str) -> list[str]:
    """The command lines of the living processes that mention the text."""
    lines = (" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    return [line for line in lines if mention in line]


def at_home(home: Home) -> list[psutil.Process]:
    """The living processes whose HOME this is: gateways, CLIs, and what those started."""
    return [process for process in psutil.process_iter() if _home_of(process) == str(home.folder)]


def _home_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("HOME")
    except (psutil.Error, OSError):
        return None


def terminate(job: str) -> None:
    """Ask the processes of a job's CLI to end, as a stranger might, without the wrapper that they are started in."""
    for process in psutil.process_iter(["name", "environ"]):
        if (process.info["environ"] or {}).get("GATEWAY_JOB") == job and process.info["name"] not in (
            "sh",
            "sleep",
        ):
            process.terminate()
