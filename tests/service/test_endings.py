"""Every way a run can end, told as what it is."""

import signal

import pytest
import trio

from gateway.config import Limits, ProviderConfig
from gateway.domain.outcome import ENDINGS, REMEDIES
from gateway.errors import GatewayError, ProviderUnavailable
from gateway.host import descendants
from gateway.service.endings import failed
from gateway.service.gateway import Gateway

ANSWERS = {
    "ok": "fine",
    "empty": "ECHO:empty",
    "auth_required": "ECHO:error=401",
    "quota_exhausted": "ECHO:error=429",
    "model_unknown": "ECHO:error=404",
    "input_invalid": "ECHO:error=400",
    "input_too_large": "ECHO:error=413",
    "provider_error": "ECHO:error=500",
    "refused": "ECHO:error=refused",
    "truncated": "ECHO:error=truncated",
    "permission_denied": "ECHO:error=permission_denied",
    "cli_incompatible": "ECHO:error=cli_incompatible",
}


@pytest.mark.parametrize(("ending", "prompt"), ANSWERS.items())
async def test_the_cli_says_how_it_ended(gateway: Gateway, ask, ending: str, prompt: str) -> None:
    reply = await ask(gateway, prompt)

    assert (reply.outcome.ending, reply.job.ending, reply.flight.ending) == (ending, ending, ending)


@pytest.mark.parametrize(
    ("said", "told"),
    [("It is late", "It is late. Wait."), ("Is it?", "Is it? Wait."), ("It is.", "It is. Wait.")],
)
def test_what_to_do_is_a_sentence_of_its_own(said: str, told: str) -> None:
    assert (failed(GatewayError(said, hint="Wait.")).error, failed(GatewayError(said)).error) == (told, said)


def test_every_ending_but_success_has_a_remedy() -> None:
    assert [ending for ending in ENDINGS if not REMEDIES[ending]] == ["ok"]


async def test_a_session_that_the_cli_does_not_know_is_told(gateway: Gateway, ask) -> None:
    assert (await ask(gateway, "hello", session_id="unknown")).outcome.ending == "session_unknown"


async def test_the_wall_clock_ends_a_run(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "ECHO:sleep=60", timeout_ms=3000)

    assert reply.outcome.ending == "timeout"
    assert reply.outcome.session_id is not None


async def test_silence_ends_the_run_of_a_cli_that_streams(plugins, opened, ask) -> None:
    echo = plugins.providers["echo"]
    before = echo.info
    echo.info = type(before)(
        **{name: getattr(before, name) for name in before.__struct_fields__} | {"idle_timeout": 0.3}
    )
    try:
        async with opened() as gateway:
            reply = await ask(gateway, "ECHO:sleep=60")
    finally:
        echo.info = before

    assert reply.outcome.ending == "idle"


async def test_a_flood_ends_as_overflow_and_what_came_is_kept(opened, ask) -> None:
    async with opened(limits=Limits(output=1024 * 1024)) as gateway:
        reply = await ask(gateway, "ECHO:flood=200 ECHO:sleep=0")

        assert reply.outcome.ending == "overflow"
        assert reply.job.stdout_bytes > 1024 * 1024


async def test_a_cancelled_run_is_called_cancelled(gateway: Gateway, submit) -> None:
    ticket = await submit(gateway, "ECHO:sleep=60")
    with trio.fail_after(60):
        assert await gateway.cancel(ticket.job.id)
        reply = await gateway.wait(ticket)

    assert reply is not None
    assert reply.outcome.ending == "cancelled"


async def test_a_cli_that_ignores_the_request_to_end_is_ended(gateway: Gateway, submit) -> None:
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)
        await gateway.cancel(ticket.job.id)

    ticket = await submit(gateway, "ECHO:ignore-term ECHO:tool=sleeping ECHO:sleep=60")
    with trio.fail_after(60):
        reply = await gateway.wait(ticket, hear)

    assert reply is not None
    assert (reply.outcome.ending, notes[-1]) == ("cancelled", "using sleeping")


async def test_death_by_signal_in_mid_word_is_no_success(opened, ask) -> None:
    async with opened() as gateway:
        reply = await ask(gateway, "ECHO:half")

    assert (reply.outcome.ending, reply.outcome.exit.returncode) == ("provider_error", -9)


async def test_a_status_after_a_good_answer_is_no_success(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "ECHO:exit=3")

    assert (reply.outcome.ending, reply.job.returncode) == ("provider_error", 3)


async def test_a_missing_cli_is_said_before_anything_is_recorded(opened, submit) -> None:
    async with opened(providers={"echo": ProviderConfig(executable="no-such-cli")}) as gateway:
        with pytest.raises(ProviderUnavailable, match="'no-such-cli' command was not found"):
            await submit(gateway, "hello")

        assert await gateway.jobs(10, running=False) == []


async def test_a_grandchild_that_holds_the_output_delays_nobody(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "ECHO:grandchild hello")
    descendants.kill(descendants.marked(reply.job.id), signal.SIGKILL)

    assert reply.outcome.ending == "ok"
