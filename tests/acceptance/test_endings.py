"""What the real CLIs make of a failing API comes back as the right ending, with a remedy and the session."""

import pytest
import trio

from gateway.domain.outcome import REMEDIES

from .conftest import Serve
from .failures import FAILURES, endings
from .real_clis import PROVIDERS
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
    expected = endings(PROVIDERS[provider])
    assert {name: answer.told["ending"] for name, answer in answers.items()} == expected
    assert {name for name, answer in answers.items() if not answer.failed} == {
        name for name, ending in expected.items() if ending == "ok"
    }
    assert {
        name for name, answer in answers.items() if REMEDIES[answer.told["ending"]] not in answer.text
    } == set()
    at_the_end = PROVIDERS[provider].session_at_the_end
    begun = {"cut answer"} if at_the_end else FAILURES.keys() - {"unknown session"}
    assert {name for name, answer in answers.items() if answer.told["sessionId"]} == begun


@pytest.mark.parametrize(
    "provider", [name for name, cli in PROVIDERS.items() if cli.another_model], indirect=True
)
async def test_unavailable_model_is_told_where_the_cli_takes_another(serve: Serve, provider: str):
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, "Hello!", model="no-such-model")

    assert (answer.text, answer.failed) == ("pong", False)
    assert "Model 'no-such-model' is not available" in answer.told["warnings"][0]["message"]
