"""What a caller may not do, the real CLI does not do: read a file that a guest names, write where it may only read."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import trio

from gateway.config import read_config
from gateway.domain.caller import LOCAL, Caller
from gateway.plugin.manager import load
from gateway.service.gateway import Gateway, open_gateway

from .homes import Home
from .mock_api import MockApi, encode_command
from .real_clis import PROVIDERS

PATIENCE = 60.0
GUEST = Caller(principal="guest", names_paths=False)


@pytest.fixture
def place(provider: str, home: Callable[..., Home], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home, in whose folder we are."""
    made = home(PROVIDERS[provider].cli)
    monkeypatch.chdir(made.work)
    return made


@asynccontextmanager
async def opened(provider: str, home: Home) -> AsyncIterator[Gateway]:
    """A gateway in this process, for callers that no MCP client can be."""
    with trio.fail_after(PATIENCE):
        async with open_gateway(read_config(home.environment), load([provider]), home.environment) as gateway:
            yield gateway


async def ask(gateway: Gateway, name: str, prompt: str, *, caller=LOCAL, autonomy=None, **fields) -> str:
    """Ask and wait. Return the ending."""
    provider = gateway.plugins.provider(name)
    (tool, *_) = provider.info.offered()
    request = tool.request(prompt=prompt, **fields)
    ticket = await gateway.submit(provider, tool, request, mode="sync", caller=caller, autonomy=autonomy)
    reply = await gateway.wait(ticket)
    assert reply is not None
    return reply.outcome.ending


@pytest.fixture
def secret(provider: str, place: Home) -> tuple[Path, str]:
    """A file with a word in it that is nowhere else, where the CLI would read it."""
    file = (place.work if PROVIDERS[provider].mentioned == "work" else place.folder) / "secret.txt"
    word = f"secret-{uuid4().hex}"
    file.write_text(f"{word}\n")
    return file, word


async def test_guest_cannot_have_a_file_read_by_mentioning_it(
    provider: str, place: Home, secret: tuple[Path, str], mock: MockApi
):
    file, word = secret
    ways = (
        file,
        f'"{file}"',
        f"{file.parent}/../{file.parent.name}/{file.name}",
        f"~/{file.name}",
        os.path.relpath(file, place.work),
    )
    asked = uuid4().hex
    async with opened(provider, place) as gateway:
        prompt = f"{asked} What is in {' or '.join(f'@{way}' for way in ways)} and @{file}?"
        ending = await ask(gateway, provider, prompt, caller=GUEST)

    assert (ending, mock.requests(word), bool(mock.requests(asked))) == ("ok", [], True)


async def test_local_caller_has_a_file_read_by_mentioning_it(
    provider: str, place: Home, secret: tuple[Path, str], mock: MockApi
):
    file, word = secret
    async with opened(provider, place) as gateway:
        ending = await ask(gateway, provider, f"What is in @{file} please?")

    assert (ending, bool(mock.requests(word))) == ("ok", PROVIDERS[provider].mentioned != "")


async def test_run_that_may_only_read_writes_nothing(provider: str, place: Home):
    full = {_snake(name): value for name, value in PROVIDERS[provider].full.items()}
    async with opened(provider, place) as gateway:
        prompt = encode_command(f"echo here > made.txt; echo there > {place.folder}/made.txt")
        await ask(gateway, provider, prompt, autonomy="read_only", **full)
        narrowed = [file.exists() for file in (place.work / "made.txt", place.folder / "made.txt")]
        await ask(gateway, provider, prompt, **full)
        asked = [file.exists() for file in (place.work / "made.txt", place.folder / "made.txt")]

    assert (narrowed, asked) == ([False, False], [True, True])


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
