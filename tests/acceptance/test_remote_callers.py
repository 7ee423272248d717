"""Two remote callers and the real CLIs: each works in its own places, in its own sessions, and reads no other file."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import trio
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from .homes import Home
from .mock_api import MockApi
from .real_clis import PROVIDERS
from .served import QUICK, Served, at_home
from .web import Web, start

PATIENCE = 150.0
ANN, BOB = "a" * 32, "b" * 32
SECRET = "what-only-the-machine-knows"
# The official client leaves the generators of its streams to the garbage collector, which complains of that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Site(NamedTuple):
    """A server in a home, and how callers come in."""

    home: Home
    web: Web
    enter: Callable[[str], AbstractAsyncContextManager[Served]]


@pytest.fixture
def site(home: Callable[..., Home], provider: str) -> Iterator[Site]:
    place = home(PROVIDERS[provider].cli)
    workspace = place.folder / "workspace"
    workspace.mkdir()
    (place.folder / "secret.txt").write_text(SECRET)
    with (place.folder / "gateway.toml").open("a") as file:
        file.write(f'{QUICK}\n[http.tokens]\nann = "{ANN}"\nbob = "{BOB}"\n')
        file.write(f'[workspaces]\nshared = "{workspace}"\n')
    web = start(place.folder, **place.environment | {"GATEWAY_PLUGINS": provider, "SYNC_DEADLINE_MS": "0"})

    @asynccontextmanager
    async def enter(token: str) -> AsyncIterator[Served]:
        async with (
            create_mcp_http_client(headers={"authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(web.url, http_client=http), mode="legacy") as client,
        ):
            yield Served(client, place)

    yield Site(place, web, enter)
    for process in at_home(place):
        with suppress(psutil.Error):
            process.kill()
    web.process.wait(10)


async def test_a_session_goes_on_in_the_folder_that_was_made_for_it(site: Site, provider: str) -> None:
    with trio.fail_after(PATIENCE):
        async with site.enter(ANN) as ann:
            first = await ann.ask(provider, "Hello!")
            second = await ann.ask(provider, "MOCK:history", sessionId=first.told["sessionId"])

    assert (first.text, second.text) == ("pong", "turns=2"), first.told
    assert first.told["workingDir"] == second.told["workingDir"] != str(site.home.work)
    assert Path(first.told["workingDir"]).is_relative_to(site.home.environment["LLM_GATEWAY_STATE"])


async def test_the_newest_session_is_the_callers_own_although_anothers_is_newer(
    site: Site, provider: str
) -> None:
    with trio.fail_after(PATIENCE):
        async with site.enter(ANN) as ann, site.enter(BOB) as bob:
            anns = await ann.ask(provider, "Hello!", workingDir="shared")
            refused = await bob.ask(provider, "MOCK:history", workingDir="shared", resumeLatest=True)
            by_id = await bob.ask(provider, "MOCK:history", sessionId=anns.told["sessionId"])
            bobs = await bob.ask(provider, "Hello from Bob!", workingDir="shared")
            newest = await ann.ask(provider, "MOCK:history", workingDir="shared", resumeLatest=True)

    assert (refused.failed, by_id.failed) == (True, True)
    assert newest.told["sessionId"] == anns.told["sessionId"] != bobs.told["sessionId"]
    assert newest.text == "turns=2"


async def test_a_file_that_is_mentioned_or_named_is_not_read(
    site: Site, provider: str, mock: MockApi
) -> None:
    secret = site.home.folder / "secret.txt"
    with trio.fail_after(PATIENCE):
        async with site.enter(ANN) as ann:
            answers = [
                await ann.ask(provider, f"See {mention} please", workingDir="shared")
                for mention in (f"@{secret}", "@../secret.txt", f'@"{secret}"', "@~/secret.txt")
            ]
            refused = await ann.ask(provider, "Hello!", workingDir=str(site.home.folder))

    assert [answer.text for answer in answers] == ["pong"] * 4
    assert refused.failed
    assert SECRET not in json.dumps([request._asdict() for request in mock.requests()])
