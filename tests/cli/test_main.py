import signal

import click
import pytest
import trio
from click.testing import CliRunner

from gateway.cli.main import Interrupt, Root, main, run, run_until_told
from gateway.errors import NotFound, Refused


async def fail_in_a_nursery(*errors: Exception) -> None:
    async def fail(error: Exception) -> None:
        raise error

    async with trio.open_nursery() as nursery:
        for error in errors:
            nursery.start_soon(fail, error)


def test_work_gives_its_result() -> None:
    async def work(_: Interrupt) -> int:
        return 42

    assert run(work) == 42


def test_one_failure_inside_nurseries_stays_one_failure() -> None:
    async def work(_: Interrupt) -> None:
        await fail_in_a_nursery(NotFound("gone"))

    with pytest.raises(NotFound, match="gone"):
        run(work)


def test_several_failures_stay_a_group() -> None:
    async def work(_: Interrupt) -> None:
        await fail_in_a_nursery(NotFound("gone"), Refused("no"))

    with pytest.raises(ExceptionGroup):
        run(work)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cuts_work_off(number: signal.Signals) -> None:
    async def work(_: Interrupt) -> int:
        signal.raise_signal(number)
        await trio.sleep_forever()
        return 42

    assert run_until_told(work) is None


def test_work_that_is_cut_off_ends_the_program_as_interrupted() -> None:
    async def work(_: Interrupt) -> None:
        signal.raise_signal(signal.SIGINT)
        await trio.sleep_forever()

    with pytest.raises(click.exceptions.Exit) as error:
        run(work)
    assert error.value.exit_code == 130


@pytest.mark.parametrize(("agrees", "expected"), [(True, "told"), (False, None)])
def test_work_may_end_by_itself_where_it_can(*, agrees: bool, expected: str | None) -> None:
    async def work(interrupt: Interrupt) -> str:
        told = trio.Event()

        async def gently() -> bool:
            if agrees:
                told.set()
            return agrees

        interrupt.gently = gently
        signal.raise_signal(signal.SIGINT)
        await told.wait()
        return "told"

    assert run_until_told(work) == expected


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NotFound("gone", hint="Look elsewhere."), 2, "Error: gone\nLook elsewhere.\n"),
        (Refused("no"), 6, "Error: no\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_leaves_by_its_exit_code(error: BaseException, code: int, said: str) -> None:
    @click.command("fail")
    def fail() -> None:
        raise error

    result = CliRunner().invoke(Root("gateway", commands={"fail": fail}), ["fail"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, said, "")


@pytest.mark.parametrize("words", [["--transport=http"], ["--transport", "http"]])
def test_who_starts_it_as_the_former_server_was_started_hears_how_that_is_said_now(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "gateway serve --transport=http" in result.stderr) == (2, True)


def test_commands_are_listed_in_the_order_of_use() -> None:
    names = Root("gateway").list_commands(click.Context(Root("gateway")))
    assert names == [
        "serve",
        "ask",
        "jobs",
        "ps",
        "flights",
        "receipt",
        "models",
        "plugins",
        "contracts",
        "config",
        "doctor",
        "setup",
        "hello",
        "import",
        "completion",
    ]
