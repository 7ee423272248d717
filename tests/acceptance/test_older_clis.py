"""Older versions of two CLIs are spoken to as far as they go: what they do not know is withheld, and told."""

import os
import shutil
from pathlib import Path

import pytest
import trio

from .conftest import Serve, search_path
from .expected import PROVIDERS
from .homes import Home, make_home
from .mock_api import MockApi
from .parameters import PARAMETERS

PATIENCE = 60.0

OLD_FOLDER = "GATEWAY_TEST_OLD_CLIS"
"""The variable that names the `bin` folder of the older CLIs."""

OLD = {"claude": "2.1.197", "mistral": "2.18.4"}
WITHHELD = {"claude": [], "mistral": ["disallowedTools"]}

pytestmark = pytest.mark.parametrize("provider", OLD, indirect=True)


@pytest.fixture
def old(tmp_path: Path, mock: MockApi, provider: str) -> Home:
    """A home whose CLI is the older one."""
    folder = os.environ.get(OLD_FOLDER, "")
    name = PROVIDERS[provider].cli
    if not folder or shutil.which(name, path=folder) is None:
        pytest.skip(
            f"${OLD_FOLDER} names no folder with {name} {OLD[provider]}; see tests/acceptance/README.md"
        )
    path = f"{folder}{os.pathsep}{search_path()}"
    return make_home(tmp_path / "old", mock.url, names=(name,), search_path=path)


async def test_older_cli_answers_and_goes_on(serve: Serve, provider: str, old: Home):
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            first = await served.ask(provider, "Hello!")
            second = await served.ask(provider, "MOCK:history", resumeLatest=True)

    assert [first.text, second.text] == ["pong", "turns=2"]
    # 2.18.4 prints neither its session nor what it has used.
    assert (bool(first.told["sessionId"]), first.told.get("inputTokens")) == (
        (True, 1120) if provider == "claude" else (False, None)
    )


async def test_parameter_that_an_older_cli_does_not_know_is_withheld(serve: Serve, provider: str, old: Home):
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            (served.home.work / "more").mkdir()
            answer = await served.ask(provider, "Hello!", **PARAMETERS[provider])

    told = [warning["message"] for warning in answer.told.get("warnings", [])]
    withheld = [
        name
        for name in PARAMETERS[provider]
        if any(each.startswith(f"{name} was not passed on: the installed") for each in told)
    ]
    assert (answer.told["ending"], withheld) == ("ok", WITHHELD[provider])


async def test_older_cli_ends_as_the_new_one_does(serve: Serve, provider: str, old: Home):
    words = {"MOCK:error=401": "auth_required", "MOCK:error=429": "quota_exhausted", "MOCK:empty": "empty"}
    with trio.fail_after(PATIENCE):
        async with serve(old) as served:
            answers = {word: await served.ask(provider, word) for word in words}

    assert {word: answer.told["ending"] for word, answer in answers.items()} == words
