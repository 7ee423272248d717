"""The database is busy, the disk refuses, a plugin raises: what that may cost, and what it may not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import apsw
import pytest
import trio

from gateway import hookimpl
from gateway.config import Config
from gateway.errors import Busy, PluginError, StoreError
from gateway.host.spool import Spool
from gateway.plugin.manager import load
from gateway.service import runner
from gateway.service.crashes import known_crashes
from gateway.service.gateway import Gateway, open_gateway
from gateway.store import database

BROKEN = "gateway_plugin_broken_for_this_test"


@pytest.fixture(autouse=True)
def _soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 30)
    monkeypatch.setattr(runner, "AGAIN", 0.05)


@contextmanager
def locked(config: Config) -> Iterator[None]:
    """Another program that writes for a long time."""
    other = apsw.Connection(os.path.join(config.state, "gateway.db"))
    other.set_busy_timeout(5_000)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


async def begun(gateway: Gateway, job_id: str) -> None:
    with trio.fail_after(60):
        while gateway.spools.of(job_id, 1).pid() is None:
            await trio.lowlevel.checkpoint()


async def ended(gateway: Gateway, job_id: str) -> None:
    """The process is over; its end may not be recorded."""
    with trio.fail_after(60):
        while gateway.spools.of(job_id, 1).returncode() is None:
            await trio.lowlevel.checkpoint()


async def test_an_end_that_cannot_be_recorded_is_recorded_later(
    opened, submit, config: Config, gate: Any
) -> None:
    async with opened() as gateway:
        ticket = await submit(gateway, f"{gate.words} hello")
        await begun(gateway, ticket.job.id)
        with locked(config):
            gate.open()
            await ended(gateway, ticket.job.id)
            await trio.sleep(0.3)
        with trio.fail_after(60):
            reply = await gateway.wait(ticket)

    assert reply is not None
    assert (reply.outcome.ending, reply.text) == ("ok", f"{gate.words} hello")


async def test_a_heartbeat_that_fails_once_takes_nothing_down(opened, submit, config: Config) -> None:
    async with opened(heartbeat=0.02) as gateway:
        ticket = await submit(gateway, "ECHO:sleep=60")
        await begun(gateway, ticket.job.id)
        with locked(config):
            await trio.sleep(0.3)
        assert (await gateway.job(ticket.job.id)).status != "ended"


async def test_a_request_that_cannot_be_recorded_leaves_nothing(opened, submit, config: Config) -> None:
    async with opened() as gateway:
        with locked(config), pytest.raises(StoreError, match="locked"):
            await submit(gateway, "hello")
        assert (os.path.exists(gateway.spools.folder), gateway.runner.admission._coming) == (False, {})


async def test_a_folder_that_cannot_be_made_is_told(opened, submit, config: Config) -> None:
    async with opened() as gateway:
        Path(gateway.spools.folder).write_text("in the way")
        with pytest.raises(StoreError, match="cannot be recorded"):
            await submit(gateway, "hello")


async def test_a_run_whose_files_cannot_be_written_fails_in_words(
    opened, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    async with opened() as gateway:
        with monkeypatch.context() as patched:
            patched.setattr(Spool, "lock", full)
            reply = await ask(gateway, "hello")
        again = await ask(gateway, "hello")

    said = (
        "The run could not be begun: No space left on device."
        " Nothing was started. Look at the disk, then ask again."
    )
    assert (reply.outcome.ending, reply.outcome.error) == ("provider_error", said)
    assert again.outcome.ending == "ok"


async def test_a_state_folder_that_is_none_is_told(opened, config: Config) -> None:
    Path(config.state).write_text("in the way")
    with pytest.raises(StoreError, match="state folder"):
        async with opened():
            pass


@pytest.fixture
def broken(config: Config, environ, monkeypatch: pytest.MonkeyPatch):
    """Opens a gateway with a plugin that raises in one hook of every provider."""

    def opening(hook: str):
        def raising():
            raise ValueError("oops")

        module = ModuleType(BROKEN)
        setattr(module, f"gateway_{hook}", hookimpl(raising, specname=f"gateway_{hook}", tryfirst=True))
        monkeypatch.setitem(__import__("sys").modules, BROKEN, module)
        plugins = load(["gateway.testing.echo", BROKEN])
        assert plugins.findings == ()
        return open_gateway(config, plugins, environ)

    return opening


@pytest.mark.parametrize("hook", ["decode", "session_log", "decode_log", "judge"])
async def test_a_plugin_that_raises_fails_its_job_in_words_and_leaves_no_process(
    broken, submit, hook: str
) -> None:
    async with broken(hook) as gateway:
        ticket = await submit(gateway, f"ECHO:sleep={60 if hook == 'decode' else 0}")
        with trio.fail_after(60):
            reply = await gateway.wait(ticket)
        spool = gateway.spools.of(ticket.job.id, 1)

    assert reply is not None
    assert (reply.outcome.ending, spool.alive(), os.path.exists(spool.files)) == (
        "provider_error",
        False,
        False,
    )
    assert f"failed in gateway_{hook}: ValueError: oops" in str(reply.outcome.error)


@pytest.mark.parametrize("hook", ["job_started", "job_finished"])
async def test_a_listener_that_raises_harms_no_job(broken, submit, hook: str) -> None:
    async with broken(hook) as gateway:
        with trio.fail_after(60):
            reply = await gateway.wait(await submit(gateway, "hello"))

    assert reply is not None
    assert (reply.outcome.ending, reply.text) == ("ok", "hello")


async def test_a_log_that_cannot_be_kept_takes_nothing_from_the_run(
    gateway: Gateway, submit, gate: Any
) -> None:
    ticket = await submit(gateway, f"{gate.words} hello")
    await begun(gateway, ticket.job.id)
    Path(gateway.spools.of(ticket.job.id, 1).at(f"log.{os.getpid()}")).mkdir()  # where it would be written
    gate.open()
    with trio.fail_after(60):
        reply = await gateway.wait(ticket)

    assert reply is not None
    assert (reply.outcome.ending, reply.outcome.usage.cache_read_tokens) == ("ok", 0)


@pytest.mark.parametrize("hook", ["launch", "judge", "job_finished"])
async def test_a_crash_of_a_plugin_is_kept_with_its_place_for_whoever_looks_later(
    broken, submit, config: Config, hook: str
) -> None:
    async with broken(hook) as gateway:
        for _ in range(2):
            with suppress(PluginError), trio.fail_after(60):
                await gateway.wait(await submit(gateway, "hello"))
    (crash,) = known_crashes(config.state)

    assert (crash.plugin, crash.hook) == (BROKEN if hook == "job_finished" else "echo", f"gateway_{hook}")
    assert f"ValueError: oops ({__file__}:" in crash.problem
    assert crash.count == (1 if hook == "job_finished" else 2)  # a listener is switched off


@pytest.mark.parametrize("hook", ["launch", "judge"])
async def test_a_provider_whose_plugin_crashes_each_time_is_left_alone_and_the_file_is_named(
    broken, submit, config: Config, hook: str
) -> None:
    refused = []
    async with broken(hook) as gateway:
        for _ in range(config.retry.breaker_failures + 1):
            try:
                with trio.fail_after(60):
                    await gateway.wait(await submit(gateway, "hello"))
            except (PluginError, Busy) as error:
                refused.append(error)

    assert isinstance(refused[-1], Busy)
    told = f"The provider echo failed {config.retry.breaker_failures} times in a row and is left alone for "
    assert str(refused[-1]).startswith(told)
    assert f"the plugin 'echo' crashed in gateway_{hook} ({__file__}:" in str(refused[-1])
    assert "oops" not in str(refused[-1])  # that may be of another caller's request
