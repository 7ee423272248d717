"""A provider that fails is asked again, and left alone when it goes on failing: with the real CLIs."""

from uuid import uuid4

import trio

from .conftest import Serve
from .mock_api import MockApi
from .served import Served

PATIENCE = 120.0
RETRY = """\
[retry]
attempts = 3
backoff = 0.01
breaker_failures = 100
"""
BREAKER = """\
[retry]
attempts = 1
breaker_failures = 1
breaker_reset = 1
"""


async def test_request_is_repeated_until_the_provider_answers(serve: Serve, provider: str, mock: MockApi):
    prompt = f"MOCK:error=503 MOCK:times=2 {uuid4().hex}"
    with trio.fail_after(PATIENCE):
        async with serve(config=RETRY) as served:
            answer = await served.ask(provider, prompt)

    assert (answer.text, answer.failed) == ("pong", False)
    assert answer.told["retryCount"] == 2
    assert [warning["message"][:17] for warning in answer.told["warnings"]] == [
        "Attempt 1 failed:",
        "Attempt 2 failed:",
    ]


async def test_failing_provider_is_left_alone_until_one_request_gets_through(
    serve: Serve, provider: str, mock: MockApi
):
    mention = uuid4().hex
    with trio.fail_after(PATIENCE):
        async with serve(config=BREAKER) as served:
            failed = await served.ask(provider, "MOCK:error=500")
            refused = await served.ask(provider, "Are you there?")
            trial = await _admitted(served, provider, f"MOCK:hang {mention}")
            await trio.to_thread.run_sync(mock.wait_for_request, mention)
            second = await served.ask(provider, "Are you there?")
            await served.call("llm_job_cancel", jobId=trial)
            await served.ended(trial)
            back = await served.ask(provider, "Are you there?")
            at_last = await served.ask(provider, "Are you still there?")

    assert failed.told["ending"] == "provider_error"
    assert ["is left alone" in answer.text for answer in (refused, second)] == [True, True]
    assert [back.text, at_last.text] == ["pong", "pong"]


async def _admitted(served: Served, provider: str, prompt: str) -> str:
    """Ask until the request is let in. Return its job."""
    while (begun := await served.call(f"{provider}_request_async", prompt=prompt)).failed:
        pass
    return str(begun.told["job"]["id"])
