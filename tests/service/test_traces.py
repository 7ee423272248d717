"""The trace that a request is part of, on its way to the plugins that listen."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.config import Config, Limits
from gateway.domain.caller import Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import Outcome
from gateway.hookspecs import hookimpl
from gateway.plugin.manager import Plugins, load
from gateway.rules.tracing import trace_context
from gateway.service.gateway import Gateway, open_gateway

TRACES = [
    {"traceparent": f"00-4bf92f3577b34da6a3ce929d0e0e473{number}-00f067aa0ba902b7-01"} for number in (1, 2)
]


class Ears:
    """A plugin, in the place of a module: it hears what is told of jobs, and hands each trace to the CLI."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any, Any]] = []
        self.begun = trio.Event()
        self.ended = trio.Event()

    @hookimpl
    def gateway_environ(self, trace: Any) -> dict[str, str]:
        return {"ECHO_TRACE": trace["traceparent"]} if trace else {}

    @hookimpl
    def gateway_job_started(self, job: Job, trace: Any, settings: Any) -> None:
        self.heard.append((job.status, trace, settings))
        self.begun.set()

    @hookimpl
    def gateway_job_finished(
        self, job: Job, outcome: Outcome, flight: Flight, trace: Any, settings: Any
    ) -> None:
        assert (flight.job_id, flight.ending) == (job.id, outcome.ending)
        self.heard.append((job.status, trace, settings))
        self.ended.set()


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    module = Ears()
    monkeypatch.setitem(sys.modules, "ears", module)
    return module


@pytest.fixture
def listened(ears: Ears) -> Plugins:
    return load(["gateway.testing.echo", "ears"])


async def submitted(gateway: Gateway, folder: Path, prompt: str, trace: dict[str, str]) -> Any:
    echo = gateway.plugins.provider("echo")
    request = echo.info.request(prompt=prompt, working_dir=str(folder))
    caller = Caller(trace=trace_context(trace))
    return await gateway.submit(echo, echo.info.offered()[0], request, mode="async", caller=caller)


async def test_the_trace_of_a_call_reaches_the_cli_and_every_listener(
    listened: Plugins, ears: Ears, config: Config, environ: dict[str, str], tmp_path: Path
) -> None:
    config = Config(state=config.state, plugins={"ears": {"loud": True}})
    async with open_gateway(config, listened, environ) as gateway:
        with trio.fail_after(60):
            reply = await gateway.wait(await submitted(gateway, tmp_path, "ECHO:env", TRACES[0]))

    assert reply is not None
    assert f'"ECHO_TRACE": "{TRACES[0]["traceparent"]}"' in reply.text
    told = TRACES[0], {"ears": {"loud": True}}
    assert ears.heard == [("running", *told), ("ended", *told)]


async def test_the_same_request_of_another_trace_shares_the_run(
    opened: Any, environ: dict[str, str], tmp_path: Path
) -> None:
    async with opened() as gateway:
        tickets = [await submitted(gateway, tmp_path, "ECHO:sleep=60", trace) for trace in TRACES]

    assert tickets[0].job.id == tickets[1].job.id


async def test_who_takes_a_job_over_knows_its_trace(
    listened: Plugins, ears: Ears, config: Config, environ: dict[str, str], tmp_path: Path
) -> None:
    async with open_gateway(config, listened, environ) as gateway:
        await submitted(gateway, tmp_path, "ECHO:sleep=0.3", TRACES[0])
    async with open_gateway(config, listened, environ):
        with trio.fail_after(60):
            await ears.ended.wait()

    assert [trace for _, trace, _ in ears.heard][-1] == TRACES[0]


async def test_a_job_that_is_given_up_is_told_of_too(
    listened: Plugins, ears: Ears, config: Config, environ: dict[str, str], tmp_path: Path
) -> None:
    config = Config(state=config.state, limits=Limits(concurrency=1))
    async with open_gateway(config, listened, environ) as gateway:
        await submitted(gateway, tmp_path, "ECHO:sleep=60", TRACES[0])
        with trio.fail_after(60):
            await ears.begun.wait()
        waiting = await submitted(gateway, tmp_path, "never", TRACES[1])
        shutil.rmtree(gateway.spools.home(waiting.job.id))
    async with open_gateway(config, listened, environ):
        with trio.fail_after(60):
            await ears.ended.wait()

    assert ears.heard[-1] == ("ended", {}, {})
