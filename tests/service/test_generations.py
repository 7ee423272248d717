"""One word from each provider, and what it proves."""

import pytest
import trio
from msgspec import structs

from gateway.config import ProviderConfig
from gateway.domain.probes import Finding
from gateway.service.generations import Generation, generate, of_generations


async def test_a_provider_that_answers_proves_the_whole_way(gateway) -> None:
    with trio.fail_after(60):
        told = await generate(gateway, ["echo"])
    assert {name: structs.replace(each, seconds=0.0) for name, each in told.items()} == {
        "echo": Generation(ending="ok", answer="Reply with exactly: pong", seconds=0.0)
    }


async def test_a_provider_that_cannot_be_asked_is_a_result(opened) -> None:
    async with opened(providers={"echo": ProviderConfig("/nowhere/cli")}) as gateway:
        with trio.fail_after(60):
            told = await generate(gateway, ["echo"])
    assert told["echo"].ending == "cli_missing"
    assert "The 'cli' command was not found." in (told["echo"].error or "")


@pytest.mark.parametrize(
    ("told", "findings"),
    [
        (Generation(ending="ok", answer="Pong.", seconds=1), []),
        (
            Generation(ending="ok", answer="Hello", seconds=1),
            [Finding("acme", "It was asked for 'pong' and said 'Hello'.", level="info")],
        ),
        (
            Generation(ending="auth_required", error="401", seconds=1),
            [
                Finding(
                    "acme",
                    "A request ended with auth_required: 401",
                    "The CLI is not logged in, or its key was refused. Log in with the CLI's own login command.",
                )
            ],
        ),
        (
            Generation(ending="provider_error", error="500", seconds=1),
            [
                Finding(
                    "acme",
                    "A request ended with provider_error: 500",
                    "The provider failed. Try again later.",
                    "error",
                )
            ],
        ),
    ],
)
def test_what_is_wrong_with_an_answer(told: Generation, findings: list[Finding]) -> None:
    assert list(of_generations({"acme": told})) == findings
