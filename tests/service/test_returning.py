"""Whoever comes back for a reply gets the one that they would have got by waiting."""

from typing import Any

import msgspec
import pytest
import trio

from gateway.domain.caller import LOCAL
from gateway.service.returning import reply_for, task_of

PATIENCE = 60.0


async def both(gateway: Any, ticket: Any) -> tuple[Any, Any]:
    """The reply to whoever waits, and to whoever comes back."""
    with trio.fail_after(PATIENCE):
        waited = await gateway.wait(ticket)
    job, _ = await task_of(gateway, ticket.task_id, LOCAL)
    return waited, await reply_for(gateway, ticket.task_id, job, LOCAL)


def whole(reply: Any) -> Any:
    """All of a reply but the end of stderr, which no reply tells."""
    told = msgspec.to_builtins(reply)
    del told["outcome"]["exit"]["stderr_tail"]
    return told


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        ("hello", {}),
        ("ECHO:running-total hello", {"output_format": "json"}),
        ("ECHO:error=503", {"output_format": "json"}),
        ("ECHO:error=401", {}),
        ("hello", {"output_format": "stream-json", "mcp_servers": ("nobodys",)}),
        ("Could you please say in order to help the team: hello", {"optimize_response": True}),
    ],
)
@pytest.mark.parametrize("bodies", [True, False], ids=["bodies are kept", "no bodies are kept"])
async def test_who_comes_back_is_told_what_who_waits_is(opened, submit, prompt, fields, bodies) -> None:
    async with opened(flight_bodies=bodies) as gateway:
        waited, returned = await both(gateway, await submit(gateway, prompt, **fields))

    assert whole(returned) == whole(waited)
    assert waited.outcome.stop_reason == (None if "error" in prompt else "done")


async def test_attempts_that_failed_are_told_to_both(gateway, submit) -> None:
    waited, returned = await both(gateway, await submit(gateway, "ECHO:error=503"))

    assert returned.warnings == waited.warnings
    assert [each.partition(":")[0] for each in returned.warnings] == ["Attempt 1 failed", "Attempt 2 failed"]


async def test_each_who_shares_a_run_has_a_reply_of_their_own(gateway, submit, gate) -> None:
    prompt = f"{gate.words} ECHO:say=hi"
    first = await submit(gateway, prompt, correlation_id="first")
    second = await submit(gateway, prompt, correlation_id="second", warnings=("no such parameter",))
    other = await submit(gateway, prompt, output_format="json")
    gate.open()
    (one, one_later), (two, two_later) = await both(gateway, first), await both(gateway, second)
    third, third_later = await both(gateway, other)

    assert (first.job.id, first.task_id) == (second.job.id, first.job.id) != (second.job.id, second.task_id)
    assert [whole(each) for each in (one_later, two_later, third_later)] == [
        whole(each) for each in (one, two, third)
    ]
    assert [each.flight.correlation_id for each in (one, two)] == ["first", "second"]
    assert [each.warnings for each in (one, two)] == [(), ("no such parameter",)]
    assert (one.text, third.text[0], third.job.id != one.job.id) == ("hi", "{", True)
