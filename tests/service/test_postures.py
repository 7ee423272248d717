"""Every provider under every policy: whatever is decided, a run may do what its request asked for, or less."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec import structs

from gateway.config import Config, ProviderConfig
from gateway.domain.caller import LOCAL
from gateway.domain.launch import LADDER, Autonomy
from gateway.domain.request import Request
from gateway.errors import Denied, GatewayError, Refused
from gateway.plugin.manager import load
from gateway.plugin.provider import Provider
from gateway.rules.approval import THRESHOLDS
from gateway.rules.arguments import accept
from gateway.service.gateway import Gateway, open_gateway
from gateway.service.prepare import arguments, attempt
from gateway.testing.conformance.fields import closed

PLUGINS = load()
PROVIDERS = sorted(PLUGINS.providers)
GATE = ("approvalStrategy", "approvalPolicy")


@pytest.fixture
async def gateway(config: Config, environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Gateway]:
    """One in which every CLI is there, and answers nothing when it is asked for its version."""
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    there = {name: ProviderConfig(str(silent)) for name in PROVIDERS}
    with trio.fail_after(60):
        async with open_gateway(structs.replace(config, providers=there), PLUGINS, environ) as opened:
            yield opened


def variants(provider: Provider) -> Iterator[dict[str, Any]]:
    """The plain request, and one for each value of each switch and each closed list of words."""
    (tool, *_) = provider.info.offered()
    yield {}
    yield from (given for given in closed(tool.request) if not given.keys() & {*GATE})


def asked(provider: Provider, place: Path, **given: Any) -> Request | None:
    """The request, or None where its fields contradict one another."""
    (tool, *_) = provider.info.offered()
    try:
        return accept({"prompt": "hello", "workingDir": str(place), **given}, tool.request)[0]
    except GatewayError:
        return None


def isolated(provider: Provider, place: Path, given: dict[str, Any]) -> Request | None:
    """The request as the gate wants it: without MCP servers that nobody has looked at, where that can be said."""
    (tool, *_) = provider.info.offered()
    strict = {"strictMcpConfig": True} if {"strictMcpConfig": True} in closed(tool.request) else {}
    return asked(provider, place, **given, **({} if "strictMcpConfig" in given else strict))


async def words(
    gateway: Gateway, provider: Provider, request: Request, autonomy: Autonomy | None
) -> list[str]:
    """What the CLI would be started with, with its own id for the session made one that is always the same."""
    (tool, *_) = provider.info.offered()
    prepared = await gateway.intake.prepare(provider, tool, request, LOCAL, autonomy, ())
    started = attempt(provider, prepared)
    files = [f"{word.name}={word.content!r}" for word in started.launch.args if hasattr(word, "content")]
    own = started.resume.session_id or "no id"
    return [word.replace(own, "ID") for word in (*arguments(started.launch.args, "/files"), *files)]


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_run_is_started_as_if_nobody_had_decided_or_not_at_all(
    gateway: Gateway, tmp_path: Path, name: str
) -> None:
    provider = PLUGINS.provider(name)
    for given, policy in itertools.product(variants(provider), THRESHOLDS):
        plain = isolated(provider, tmp_path, given)
        managed = asked(provider, tmp_path, **given, approvalStrategy="mcp_managed", approvalPolicy=policy)
        if plain is None or managed is None:
            continue
        for autonomy in (None, LADDER[0]):
            expected = await words(gateway, provider, plain, autonomy)
            try:
                assert await words(gateway, provider, managed, autonomy) == expected, (given, policy)
            except Denied:
                assert provider.risk(plain).bypass or getattr(plain, "full_auto", False), (given, policy)
            except Refused:
                assert not provider.info.capabilities.isolates_mcp


@pytest.mark.parametrize("name", PROVIDERS)
async def test_what_bypasses_is_denied_by_the_strict_policy(
    gateway: Gateway, tmp_path: Path, name: str
) -> None:
    provider = PLUGINS.provider(name)
    strict = {"approvalStrategy": "mcp_managed", "approvalPolicy": "strict"}
    for given in variants(provider):
        request = asked(provider, tmp_path, **given, **strict)
        if request is None or not provider.risk(request).bypass:
            continue
        with pytest.raises((Denied, Refused)):
            await words(gateway, provider, request, None)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_no_word_of_a_bypass_is_there_unless_it_was_asked_for(
    gateway: Gateway, tmp_path: Path, name: str
) -> None:
    provider = PLUGINS.provider(name)
    requests = [each for given in variants(provider) if (each := asked(provider, tmp_path, **given))]
    least = await words(gateway, provider, requests[0], None)
    wide = [each for each in requests if provider.risk(each).bypass]
    bypassing = {word for each in wide for word in await words(gateway, provider, each, None)}
    modest = [each for each in requests if provider.risk(each).autonomy != "full"]
    ordinary = {word for each in modest for word in await words(gateway, provider, each, None)}
    assert not wide or bypassing - ordinary, "a bypass is told from everything else"
    assert not (bypassing - ordinary) & set(least)
    assert provider.risk(requests[0]).autonomy in LADDER[:2], "the default never edits unasked"
