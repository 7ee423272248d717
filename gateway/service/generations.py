"""One word from each provider, asked for like any request: the proof that everything between us works."""

import time
from collections.abc import Iterable, Iterator
from typing import Literal

import trio
from msgspec import Struct

from gateway.domain.outcome import REMEDIES
from gateway.domain.probes import Finding
from gateway.errors import GatewayError
from gateway.host.passing import passing_folder
from gateway.plugin.provider import Provider
from gateway.service.gateway import Gateway
from gateway.service.versions import impersonal

PROMPT = "Reply with exactly: pong"
ANSWER = "pong"
LIMIT = 60.0
"""Seconds a CLI may take to say one word."""


class Generation(Struct, frozen=True, kw_only=True):
    """One word that a CLI was asked for."""

    ending: str
    answer: str = ""
    error: str | None = None
    seconds: float


async def generate(gateway: Gateway, names: Iterable[str]) -> dict[str, Generation]:
    """Ask each of these providers for one word, all at once, in an empty folder."""
    found: dict[str, Generation] = {}

    async def note(name: str, folder: str) -> None:
        found[name] = await _generated(gateway, gateway.plugins.provider(name), folder)

    with passing_folder("doctor") as folder:
        async with trio.open_nursery() as nursery:
            for name in names:
                nursery.start_soon(note, name, folder)
    return found


async def _generated(gateway: Gateway, provider: Provider, folder: str) -> Generation:
    tool = provider.info.offered()[0]
    begun = time.monotonic()
    try:
        request = tool.request(
            prompt=PROMPT,
            working_dir=folder,
            timeout_ms=round(LIMIT * 1000),
            create_new_session=True,
            force_refresh=True,
        )
        ticket = await gateway.submit(provider, tool, request, mode="sync", autonomy="read_only")
        reply = await gateway.wait(ticket)
    except GatewayError as error:
        return Generation(ending=error.code, error=f"{error} {error.hint}".strip(), seconds=_since(begun))
    if reply is None:
        return Generation(ending="timeout", seconds=_since(begun))
    outcome = reply.outcome
    answer = impersonal(outcome.text)
    return Generation(ending=outcome.ending, answer=answer, error=outcome.error, seconds=_since(begun))


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 1)


def of_generations(generations: dict[str, Generation]) -> Iterator[Finding]:
    """What is wrong with the answers. A CLI that is not logged in may be one that nobody uses."""
    for name, told in generations.items():
        if told.ending == "ok" and ANSWER in told.answer.lower():
            continue
        if told.ending == "ok":
            yield Finding(name, f"It was asked for {ANSWER!r} and said {told.answer!r}.", level="info")
            continue
        level: Literal["warning", "error"] = "warning" if told.ending == "auth_required" else "error"
        remedy = next((text for ending, text in REMEDIES.items() if ending == told.ending), "")
        yield Finding(name, f"A request ended with {told.ending}: {told.error}", remedy, level)
