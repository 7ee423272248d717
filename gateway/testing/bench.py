"""Plugins on a workbench: one hook at a time, or a whole run through a gateway in a folder of the test's own.

    bench = Bench("gateway_plugin_acme")
    assert bench.launch({"model": "large"}).args == ("run", "--model=large")
    run = await bench.run(tmp_path, {"prompt": "hello"}, executable="/opt/acme/bin/acme")

A plugin that is no provider is tried with one: ``Bench("gateway.testing.echo", "gateway_plugin_policy")``.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import trio
from msgspec import Struct

from gateway.config import Config
from gateway.domain.caller import Caller
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, Resume
from gateway.domain.outcome import Outcome
from gateway.domain.request import Request
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.service.gateway import Gateway, open_gateway
from gateway.service.seating import alone

PATIENCE = 300.0
"""Seconds that a run may take."""
NOTHING: Mapping[str, Any] = {}


class Run(Struct, frozen=True, kw_only=True):
    """What came of a run. ``text`` is the whole answer, in the shape that the request asked for."""

    job: Job
    flight: Flight
    outcome: Outcome
    text: str


class Bench:
    """These plugins and no others; ``provider`` is the only provider among them, or the one that is named."""

    def __init__(self, *plugins: str, provider: str = "") -> None:
        self.plugins = load(only=plugins)
        if self.plugins.findings:
            raise AssertionError(self.plugins.findings[0].detail)
        self.provider = self.plugins.provider(provider or next(iter(self.plugins.providers), ""))

    def hooks(self, plugin: str) -> tuple[str, ...]:
        """The hooks that a plugin implements."""
        return next(each.hooks for each in self.plugins.loaded if each.name == plugin)

    def request(self, arguments: Mapping[str, Any] = NOTHING) -> Request:
        """A request to the provider's first tool, from arguments by their names on the wire."""
        tool = self.provider.info.offered()[0]
        return accept({"prompt": "hello", **arguments}, tool.request)[0]

    def launch(
        self,
        arguments: Mapping[str, Any] = NOTHING,
        resume: Resume | None = None,
        *,
        autonomy: Autonomy | None = None,
        servers: Sequence[McpServer] = (),
        installed: Installed | None = None,
    ) -> Launch:
        """How the provider starts a request. Without ``resume`` the plugin says how the session goes on."""
        request = self.request(arguments)
        going_on = resume or self.provider.resume(request, None, "fresh-id")
        binary = installed or Installed()
        return self.provider.launch(request, going_on, str(request.prompt), autonomy, servers, binary)

    async def run(
        self,
        folder: Path,
        arguments: Mapping[str, Any] = NOTHING,
        *,
        config: Mapping[str, Any] = NOTHING,
        environ: Mapping[str, str] = NOTHING,
        trace: Mapping[str, str] = NOTHING,
        executable: str = "",
    ) -> Run:
        """Ask, and wait for the end. Everything that is written goes below the folder, which is HOME, too.

        ``config`` is what the configuration file would say, ``environ`` what the gateway would be started with.
        """
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        request = self.request({"workingDir": str(work), **arguments})
        told = self._config(folder, config, executable)
        surroundings = {"HOME": str(folder), "PATH": os.defpath, **environ}
        try:
            with trio.fail_after(PATIENCE):
                async with open_gateway(told, self.plugins, surroundings) as gateway:
                    return await self._answered(gateway, request, Caller(trace=trace))
        except ExceptionGroup as group:  # one failure stays one failure
            raise alone(group) from None

    async def _answered(self, gateway: Gateway, request: Request, caller: Caller) -> Run:
        tool = self.provider.info.offered()[0]
        ticket = await gateway.submit(self.provider, tool, request, mode="async", caller=caller)
        reply = await gateway.wait(ticket)
        if reply is None:
            raise AssertionError("a wait without a limit ended before the job")
        return Run(job=reply.job, flight=reply.flight, outcome=reply.outcome, text=reply.text)

    def _config(self, folder: Path, config: Mapping[str, Any], executable: str) -> Config:
        told = {"state": str(folder / "state"), "retry": {"attempts": 1}, **config}
        if executable:
            providers = dict(told.get("providers", {}))
            name = self.provider.name
            told["providers"] = providers | {name: {**providers.get(name, {}), "executable": executable}}
        return msgspec.convert(told, Config)
