"""Older versions of CLIs are spoken to as far as they go: what they do not know is withheld, and told."""

import os
import shutil
from pathlib import Path

import pytest
import trio

from .conftest import Serve, search_path
from .homes import Home, make_home
from .mock_api import MockApi
from .real_clis import PROVIDERS

PATIENCE = 60.0

OLD_FOLDER = "GATEWAY_TEST_OLD_CLIS"
"""The variable that names the `bin` folder of the older CLIs."""

OLD = {name: cli.older for name, cli in PROVIDERS.items() if cli.older}

pytestmark = pytest.mark.parametrize("provider", OLD, indirect=True)


@pytest.fixture
def old(tmp_path: Path, mock: MockApi, provider: str) -> Home:
    """A home whose CLI is the older one."""
    folder = os.environ.get(OLD_FOLDER, "")
    name = PROVIDERS[provider].cli
    if not folder or shutil.which(name, path=folder) is None:
        pytest.skip(
            f"${OLD_FOLDER} names no folder with {name} {OLD[provider].version}; see tests/acceptance/README.md"
        )
    path = f"{folder}{os.pathsep}{search_path()}"
    return make_home(tmp_path / "old", mock.url, names=(name,), search_path=path)


async def test_older_cli_answers_and_goes_on(serve: Serve, provider: str, old: Home):
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            first = await served.ask(provider, "Hello!")
            second = await served.ask(provider, "MOCK:history", resumeLatest=True)

    assert [first.text, second.text] == ["pong", "turns=2"]
    told = (bool(first.told["sessionId"]), first.told.get("inputTokens"))
    assert told == (OLD[provider].session, OLD[provider].tokens)


async def test_parameter_that_an_older_cli_does_not_know_is_withheld(serve: Serve, provider: str, old: Home):
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            (served.home.work / "more").mkdir()
            answer = await served.ask(provider, "Hello!", **PROVIDERS[provider].parameters)

    told = [warning["message"] for warning in answer.told.get("warnings", [])]
    withheld = [
        name
        for name in PROVIDERS[provider].parameters
        if any(each.startswith(f"{name} was not passed on: the installed") for each in told)
    ]
    assert (answer.told["ending"], withheld) == ("ok", OLD[provider].withheld)


async def test_older_cli_ends_as_the_new_one_does(serve: Serve, provider: str, old: Home):
    words = {"MOCK:error=401": "auth_required", "MOCK:error=429": "quota_exhausted", "MOCK:empty": "empty"}
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            answers = {word: await served.ask(provider, word) for word in words}

    assert {word: answer.told["ending"] for word, answer in answers.items()} == words
