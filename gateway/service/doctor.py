"""Examines every provider for a person with a problem: its CLI, login, contract, and what its plugin checks."""

from collections.abc import Iterator, Mapping

import trio
from msgspec import Struct

from gateway.domain.probes import Finding
from gateway.domain.provider import ProviderInfo
from gateway.errors import GatewayError
from gateway.host.passing import passing_folder
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.contract import Departure
from gateway.service.contracts import Held, hold
from gateway.service.generations import Generation
from gateway.service.installed import Binaries
from gateway.service.surroundings import Surroundings
from gateway.service.versions import LOGIN_WORDS, Version, Versions, readings


class ProviderReport(Struct, frozen=True, kw_only=True):
    """One provider. The names that version 1.7.0 has too mean the same."""

    title: str
    cli_available: bool
    command: str
    version: str | None
    latest_version: str | None
    login_status: str
    login_detail: str | None
    install_commands: tuple[str, ...]
    login_summary: str
    documentation_url: str
    missing_flags: tuple[str, ...]
    drift: tuple[Departure, ...]
    """Flags that the installed CLI takes otherwise than its contract says, and what that means."""
    withheld_flags: tuple[str, ...]
    generation: Generation | None
    """None: it was not asked for."""


class Examined(Struct, frozen=True):
    """A provider's report, and what is wrong with it."""

    report: ProviderReport
    findings: tuple[Finding, ...]


async def examine(
    plugins: Plugins,
    surroundings: Surroundings,
    generations: Mapping[str, Generation],
    *,
    latest: bool = False,
) -> dict[str, Examined]:
    """Every provider, looked at side by side and anew: nothing is taken from what was known before."""
    found: dict[str, Examined] = {}
    with passing_folder("doctor") as folder:
        versions = Versions(surroundings, Binaries(folder))

        async def note(provider: Provider) -> None:
            version = await versions.of(provider, latest=latest)
            held = await hold(provider, surroundings, versions)
            report = _report(provider.info, version, held, generations.get(provider.name))
            told = [
                *_of_the_cli(provider.info, version, held, report),
                *await _checked(provider, surroundings),
            ]
            found[provider.name] = Examined(report, tuple(told))

        async with trio.open_nursery() as nursery:
            for provider in plugins.providers.values():
                nursery.start_soon(note, provider)
    return {name: found[name] for name in plugins.providers}


def _report(
    info: ProviderInfo, version: Version, held: Held, generation: Generation | None
) -> ProviderReport:
    login = version.login
    return ProviderReport(
        title=info.title,
        cli_available=held.available,
        command=version.command,
        version=held.version,
        latest_version=version.latest,
        login_status=LOGIN_WORDS[login.state] if login else "not_checked",
        login_detail=(login.detail or None) if login else None,
        install_commands=info.install,
        login_summary=info.login,
        documentation_url=info.docs,
        missing_flags=held.missing_flags,
        drift=held.drift,
        withheld_flags=held.withheld_flags,
        generation=generation,
    )


def _of_the_cli(
    info: ProviderInfo, version: Version, held: Held, report: ProviderReport
) -> Iterator[Finding]:
    answered = report.generation is not None and report.generation.ending == "ok"
    install = " or ".join(info.install)
    if not held.available:
        yield Finding(info.name, f"{info.title} is not installed.", f"Install it: {install}", "info")
        return
    if version.error:
        yield Finding(info.name, version.error, f"Run it by hand, or install it again: {install}", "error")
    if report.login_status == "not_authenticated" and not answered:
        yield Finding(info.name, f"{info.title} is not logged in.", info.login)
    if version.outdated:
        yield Finding(info.name, f"Version {version.latest} is out.", f"cli_upgrade, or {install}", "info")
    for warning in held.warnings:
        told = "A newer plugin may know this version; see `gateway contracts --probe-installed`."
        yield Finding(info.name, warning, told)


async def _checked(provider: Provider, surroundings: Surroundings) -> list[Finding]:
    try:
        seen = await readings(provider, provider.info.check_probes, surroundings)
        return provider.checks(seen)
    except GatewayError as error:
        return [Finding(provider.name, str(error), error.hint, "error")]
