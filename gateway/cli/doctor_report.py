"""What ``gateway doctor`` tells: put together here, in the shape of ``doctor.schema.json``."""

import os
import platform
import sys
import time
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from gateway import __version__
from gateway.cli import local
from gateway.config import config_path
from gateway.domain.probes import Finding
from gateway.errors import GatewayError, ProviderUnavailable
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.instants import iso
from gateway.server.tools import tools
from gateway.service.client_reports import ClientReport, clients, of_clients
from gateway.service.doctor import ProviderReport, examine
from gateway.service.generations import Generation, generate, of_generations
from gateway.service.health import of_backend
from gateway.service.inspection import DatabaseReport, Exposed, JobsReport, inspect
from gateway.service.ourselves import enough, local_server
from gateway.service.setup import places
from gateway.service.surroundings import Surroundings

BYTES_PER_TOKEN = 4
BUDGET = 10_000
"""Tokens that the list of tools may cost each conversation of a client."""
ORDER = ("error", "warning", "info")


class System(Struct, frozen=True):
    """The machine."""

    os: str
    arch: str
    release: str
    python: str


class Program(Struct, frozen=True):
    """The gateway itself."""

    name: str
    version: str
    config_path: str
    config_exists: bool


class Plugin(Struct, frozen=True):
    """A plugin that was found; ``error`` is null where it works."""

    name: str
    module: str | None
    provider: str | None
    error: str | None


class Price(Struct, frozen=True):
    """What the list of our tools costs a client."""

    tools: int
    bytes: int
    tokens: int


class Report(Struct, frozen=True, kw_only=True):
    """The whole report. ``ok`` is false where a finding is an error."""

    schema_version: Literal[1] = 1
    ok: bool
    generated_at: str
    deep: bool
    system: System
    gateway: Program
    providers: dict[str, ProviderReport]
    plugins: tuple[Plugin, ...]
    database: DatabaseReport
    jobs: JobsReport
    exposed: tuple[Exposed, ...]
    tool_list: Price
    clients: tuple[ClientReport, ...]
    findings: tuple[Finding, ...]
    next_actions: tuple[str, ...]


async def reported(plugins: Plugins, *, deep: bool, latest: bool) -> Report:
    """Look at everything. With ``deep`` each installed provider is asked for one word, which costs tokens."""
    config, environ = local.config(), local.environ()
    state = await inspect(config.state)
    surroundings = Surroundings(config, plugins, environ)
    there = [name for name, each in plugins.providers.items() if _installed(each, surroundings)]
    generations, failed = await _generations(plugins, there) if deep else ({}, [])
    examined = await examine(plugins, surroundings, generations, latest=latest)
    server = local_server("gateway", sys.argv[0], (), environ, {})
    told = clients(config, plugins, places(plugins, server, limit=enough(config), environ=environ))
    price = price_of_tools(plugins, durable=config.persistence.durable)
    findings = [
        *local.configuration().findings,
        *of_backend(config),
        *plugins.findings,
        *(finding for each in examined.values() for finding in each.findings),
        *failed,
        *of_generations(generations),
        *state.findings,
        *of_clients(told),
        *_of_everything(there, generations if deep else None, price),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.level))
    return Report(
        ok=all(finding.level != "error" for finding in findings),
        generated_at=iso(time.time()),
        deep=deep,
        system=System(platform.system(), platform.machine(), platform.release(), platform.python_version()),
        gateway=_program(environ),
        providers={name: each.report for name, each in examined.items()},
        plugins=_plugins(plugins),
        database=state.database,
        jobs=state.jobs,
        exposed=state.exposed,
        tool_list=price,
        clients=tuple(told),
        findings=tuple(findings),
        next_actions=tuple(dict.fromkeys(each.remedy for each in findings if each.remedy)),
    )


def _installed(provider: Provider, surroundings: Surroundings) -> bool:
    try:
        surroundings.executable(provider)
    except ProviderUnavailable:
        return False
    return True


async def _generations(plugins: Plugins, names: list[str]) -> tuple[dict[str, Generation], list[Finding]]:
    try:
        async with local.gateway(plugins) as gateway:
            return await generate(gateway, names), []
    except GatewayError as error:
        return {}, [Finding("gateway", str(error), error.hint, "error")]


def _of_everything(
    there: list[str], generations: Mapping[str, Generation] | None, price: Price
) -> list[Finding]:
    """What is wrong with the whole rather than with one provider."""
    findings = []
    if not there:
        told = "No provider's CLI is installed."
        findings.append(Finding("providers", told, "Install one; see `gateway plugins`.", "error"))
    elif generations is not None and all(each.ending != "ok" for each in generations.values()):
        findings.append(Finding("providers", "No provider answered.", "Log in to one of them.", "error"))
    if price.tokens > BUDGET:
        told = f"The list of tools costs each conversation {price.tokens} tokens."
        findings.append(Finding("server", told, "Leave plugins out that nobody uses, with GATEWAY_PLUGINS."))
    return findings


def price_of_tools(plugins: Plugins, *, durable: bool) -> Price:
    """The size of the answer to ``tools/list``."""
    listed = [spec.listed() for spec in tools(plugins, durable=durable).values()]
    size = len(msgspec.json.encode({"tools": listed}))
    return Price(len(listed), size, size // BYTES_PER_TOKEN)


def _program(environ: Mapping[str, str]) -> Program:
    path = config_path(environ)
    return Program("gateway", __version__, path, os.path.exists(path))


def _plugins(plugins: Plugins) -> tuple[Plugin, ...]:
    works = [Plugin(each.name, each.module, each.provider, None) for each in plugins.loaded]
    broken = [
        Plugin(each.subject.removeprefix("plugin "), None, None, each.message) for each in plugins.findings
    ]
    return (*works, *broken)
