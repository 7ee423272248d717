"""The main job: a real MCP client asks each provider over stdio, and gets what the real CLI answered."""

from typing import Any

import pytest
import trio

from .conftest import Serve
from .forms import FORMS, has_form
from .real_clis import PROVIDERS

PATIENCE = 120.0
"""Seconds. A CLI may wait 13 to 50 of them for a lock that its run before has left behind."""


@pytest.mark.parametrize(("era", "version"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
async def test_answer_comes_with_session_tokens_and_cost(serve: Serve, provider: str, era: str, version: str):
    with trio.fail_after(PATIENCE):
        async with serve(era=era) as served:
            answer = await served.ask(provider, "Hello!")
            spoken = served.client.protocol_version

    told = {name: answer.told.get(name) for name in PROVIDERS[provider].turn}
    assert (answer.text, answer.failed, answer.told["ending"]) == ("pong", False, "ok")
    assert told == pytest.approx(PROVIDERS[provider].turn)
    assert spoken == version
    assert answer.told["sessionId"]
    assert answer.told["workingDir"] == str(served.home.work)


async def test_session_is_continued_by_its_id(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            first = await served.ask(provider, "Hello!")
            second = await served.ask(provider, "MOCK:history", sessionId=first.told["sessionId"])

    assert (second.text, second.told["sessionId"]) == ("turns=2", first.told["sessionId"])
    told = {name: second.told.get(name) for name in PROVIDERS[provider].turn}
    assert told == pytest.approx(PROVIDERS[provider].turn)


async def test_newest_session_is_continued(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            first = await served.ask(provider, "Hello!")
            second = await served.ask(provider, "MOCK:history", resumeLatest=True)

    assert (second.text, second.told["sessionId"]) == ("turns=2", first.told["sessionId"])


@pytest.mark.parametrize("provider", [name for name, cli in PROVIDERS.items() if cli.fork], indirect=True)
@pytest.mark.parametrize("newest", [False, True])
async def test_session_is_forked_and_stays_as_it_was(serve: Serve, provider: str, newest: bool):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            first = (await served.ask(provider, "Hello!")).told["sessionId"]
            tool, asked = _forking(provider, first, newest=newest)
            fork = await served.call(tool, **asked)
            again = await served.ask(provider, "MOCK:history", sessionId=first)

    told = {name: fork.told.get(name) for name in PROVIDERS[provider].turn}
    assert (fork.text, again.text) == ("turns=2", "turns=2")
    assert fork.told["sessionId"] not in (None, first)
    assert told == pytest.approx(PROVIDERS[provider].turn)


def _forking(provider: str, session: str, *, newest: bool) -> tuple[str, dict[str, Any]]:
    """The tool that forks a session of the provider, and its arguments."""
    fork = PROVIDERS[provider].fork
    assert fork is not None
    tool, named, latest = fork
    return tool, {"prompt": "MOCK:history", **(latest if newest else {"sessionId": session, **named})}


async def test_every_parameter_is_taken_by_the_cli(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            (served.home.work / "more").mkdir()
            answer = await served.ask(provider, "Hello!", **PROVIDERS[provider].parameters)

    assert (answer.told["ending"], answer.failed) == ("ok", False)


@pytest.mark.parametrize(("provider", "form"), FORMS, indirect=["provider"])
async def test_answer_has_the_form_that_was_asked_for(serve: Serve, provider: str, form: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, "Hello!", outputFormat=form)

    assert has_form(FORMS[provider, form], answer.text, answer.told["sessionId"])
