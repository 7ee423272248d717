"""What ``gateway doctor`` tells: put together here, in the shape of ``doctor.schema.json``."""

import sys
import time
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from gateway.cli import local
from gateway.cli.doctor_facts import (
    Plugin,
    Price,
    Program,
    System,
    listed,
    of_crashes,
    prices,
    program,
    system,
)
from gateway.cli.strangers import strangers
from gateway.config import Config, Configured, Profile, without_file
from gateway.config.origins import holds_secrets
from gateway.domain.probes import Finding
from gateway.errors import ConfigError, GatewayError, ProviderUnavailable
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.instants import iso
from gateway.server.profiles import BUDGETS
from gateway.service.cache_report import CacheReport, cache_report
from gateway.service.client_reports import ClientReport, clients, of_clients
from gateway.service.doctor import ProviderReport, examine
from gateway.service.exposure import ExposureReport, exposure
from gateway.service.generations import Generation, generate, of_generations
from gateway.service.health import of_backend
from gateway.service.inspection import DatabaseReport, Exposed, JobsReport, inspect
from gateway.service.ourselves import enough, local_server, variables
from gateway.service.setup import places
from gateway.service.surroundings import Surroundings

ORDER = ("error", "warning", "info")


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
    profile: Profile
    tool_list: dict[Profile, Price]
    """By profile."""
    endpoint_exposure: ExposureReport
    cache_awareness: CacheReport
    clients: tuple[ClientReport, ...]
    findings: tuple[Finding, ...]
    next_actions: tuple[str, ...]


async def reported(plugins: Plugins, *, deep: bool, latest: bool) -> Report:
    """Look at everything. With ``deep`` each installed provider is asked for one word, which costs tokens."""
    environ = local.environ()
    found, sound = _configured(environ)
    config, deep = found.config, deep and sound
    state = await inspect(config.state, found.path if holds_secrets(found) else "")
    surroundings = Surroundings(config, plugins, environ)
    there = [name for name, each in plugins.providers.items() if _installed(each, surroundings)]
    generations, failed = await _generations(plugins, there) if deep else ({}, [])
    examined = await examine(plugins, surroundings, generations, latest=latest)
    told = _clients(config, plugins, environ)
    price = prices(plugins, durable=config.persistence.durable)
    reach, of_reach = await exposure(config, deep=deep)
    findings = [
        *found.findings,
        *strangers(config, plugins),
        *of_backend(config),
        *plugins.findings,
        *of_crashes(plugins),
        *(finding for each in examined.values() for finding in each.findings),
        *failed,
        *of_generations(generations),
        *state.findings,
        *of_reach,
        *of_clients(config, told),
        *_of_everything(there, generations if deep else None, price[config.profile]),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.level))
    return Report(
        ok=all(finding.level != "error" for finding in findings),
        generated_at=iso(time.time()),
        deep=deep,
        system=system(),
        gateway=program(environ),
        providers={name: each.report for name, each in examined.items()},
        plugins=listed(plugins),
        database=state.database,
        jobs=state.jobs,
        exposed=state.exposed,
        profile=config.profile,
        tool_list=price,
        endpoint_exposure=reach,
        cache_awareness=await cache_report(config, plugins),
        clients=tuple(told),
        findings=tuple(findings),
        next_actions=tuple(dict.fromkeys(each.remedy for each in findings if each.remedy)),
    )


def _configured(environ: Mapping[str, str]) -> tuple[Configured, bool]:
    """The configuration, and whether a gateway can be started with it; one that is wrong is what the report is for."""
    try:
        return local.configuration(), True
    except ConfigError as error:
        return without_file(environ, error), False


def _clients(config: Config, plugins: Plugins, environ: Mapping[str, str]) -> list[ClientReport]:
    """The clients, and how the entry stands in their files that ``gateway setup`` would write."""
    found = places(
        plugins,
        local_server("gateway", sys.argv[0], (), environ, {}),
        limit=enough(config),
        environ=environ,
        variables=variables(config, plugins, environ),
    )
    return clients(config, plugins, found)


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
    if price.tokens > BUDGETS["full"]:
        told = f"The list of tools costs each conversation {price.tokens} tokens."
        remedy = "Offer fewer, with `gateway serve --profile compact` or GATEWAY_PLUGINS."
        findings.append(Finding("server", told, remedy))
    return findings
