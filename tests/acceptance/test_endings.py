"""What the real CLIs make of a failing API comes back as the right ending, with a remedy and the session."""

import pytest
import trio

from gateway.domain.outcome import REMEDIES

from .conftest import Serve
from .expected_endings import FAILURES
from .served import Answer, Served

PATIENCE = 120.0


@pytest.fixture
async def answers(serve: Serve, provider: str) -> dict[str, Answer]:
    """What each failure comes to. They are asked at once: each costs a run of the CLI."""
    found: dict[str, Answer] = {}

    async def ask(served: Served, name: str) -> None:
        failure = FAILURES[name]
        found[name] = await served.ask(provider, failure.prompt, **failure.fields)

    with trio.fail_after(PATIENCE):
        async with serve() as served, trio.open_nursery() as nursery:
            for name in FAILURES:
                nursery.start_soon(ask, served, name)
    return found


async def test_each_failure_has_its_ending_a_remedy_and_a_session(answers: dict[str, Answer], provider: str):
    assert {name: answer.told["ending"] for name, answer in answers.items()} == {
        name: failure.endings[provider] for name, failure in FAILURES.items()
    }
    assert {name: answer.failed for name, answer in answers.items()} == {
        name: failure.endings[provider] != "ok" for name, failure in FAILURES.items()
    }
    assert {
        name for name, answer in answers.items() if REMEDIES[answer.told["ending"]] not in answer.text
    } == set()
    # grok never says which session it is in before its end: it is told where there is something in it.
    begun = {"cut answer"} if provider == "grok" else FAILURES.keys() - {"unknown session"}
    assert {name for name, answer in answers.items() if answer.told["sessionId"]} == begun


@pytest.mark.parametrize("provider", ["mistral"], indirect=True)
async def test_unavailable_model_is_told_where_the_cli_takes_another(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, "Hello!", model="no-such-model")

    assert (answer.text, answer.failed) == ("pong", False)
    assert "Model 'no-such-model' is not available" in answer.told["warnings"][0]["message"]
