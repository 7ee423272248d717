"""Asks providers the way any client does: the official MCP client, over stdio, of a server of our own."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from msgspec import Struct

from gateway.cli import imports
from gateway.cli.main import alone
from gateway.cli.progress import Notify
from gateway.domain.outcome import Ending
from gateway.errors import GatewayError
from gateway.host.passing import passing_folder
from gateway.plugin.provider import Provider

if TYPE_CHECKING:
    from mcp import Client

PROMPT = "reply with exactly: pong"
WITHOUT_DEADLINE = {"SYNC_DEADLINE_MS": "0"}
"""The server may keep us waiting: the runs have a limit of their own."""
MARGIN = 30.0
"""Seconds beyond the run's own limit in which the server may still answer."""


class Trial(Struct, frozen=True, kw_only=True):
    """How one provider answered. None is not known."""

    provider: str
    ending: Ending
    version: str | None = None
    answer: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    session_id: str | None = None
    seconds: float | None = None
    job_id: str | None = None
    remedy: str | None = None


class Round(Struct, frozen=True):
    """The tools that the server listed, and each provider's trial."""

    tools: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()


async def go_round(
    providers: Sequence[Provider], environ: Mapping[str, str], *, limit: float, notify: Notify | None
) -> Round:
    """Start a server, list its tools and ask each provider in turn, in an empty folder."""
    with imports.kept():
        from mcp import Client, MCPError, StdioServerParameters, stdio_client

    command = StdioServerParameters(
        command=sys.executable, args=["-m", "gateway", "serve"], env={**environ, **WITHOUT_DEADLINE}
    )
    trials = []
    with passing_folder("hello") as folder, tempfile.TemporaryFile("w+") as log:
        try:
            async with Client(stdio_client(command, errlog=log)) as client:
                tools = tuple(tool.name for tool in (await client.list_tools()).tools)
                for provider in providers:
                    if notify is not None:
                        await notify(f"asking {provider.info.title}")
                    trials.append(await _ask(client, provider, folder, limit))
        except* MCPError as errors:
            raise GatewayError(f"The server failed: {alone(errors)}", hint=_last_words(log)) from None
    return Round(tools, tuple(trials))


def _last_words(log: IO[str]) -> str:
    """The last line that the server wrote on stderr."""
    log.seek(0)
    return (log.read().strip().splitlines() or ["See `gateway serve`."])[-1]


async def _ask(client: "Client", provider: Provider, folder: str, limit: float) -> Trial:
    from mcp import MCPError

    request = {"prompt": PROMPT, "workingDir": folder, "timeoutMs": round(limit * 1000)}
    tool = provider.info.offered()[0].name
    try:
        result = await client.call_tool(tool, request, read_timeout_seconds=limit + MARGIN)
    except MCPError as error:
        return Trial(provider=provider.name, ending="provider_error", remedy=str(error))
    text = "".join(part.text for part in result.content if part.type == "text")
    return _trial(provider, result.structured_content or {}, text)


def _trial(provider: Provider, facts: Mapping[str, Any], text: str) -> Trial:
    ending: Ending = facts.get("ending", "provider_error")
    good = ending == "ok"
    duration = facts.get("durationMs")
    return Trial(
        provider=provider.name,
        ending=ending,
        version=facts.get("cliVersion"),
        answer=text if good else None,
        input_tokens=facts.get("inputTokens"),
        output_tokens=facts.get("outputTokens"),
        cost_usd=facts.get("costUsd"),
        session_id=facts.get("sessionId"),
        seconds=None if duration is None else duration / 1000,
        job_id=facts.get("jobId"),
        remedy=None if good else text,
    )
