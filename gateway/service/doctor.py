"""Examines every provider for a person with a problem: its CLI, login, contract, and what its plugin checks."""

import tempfile
from collections.abc import Iterator

import trio
from msgspec import Struct

from gateway.domain.probes import Finding
from gateway.domain.provider import ProviderInfo
from gateway.errors import GatewayError
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.service.contracts import Held, hold
from gateway.service.generations import Generation
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
    withheld_flags: tuple[str, ...]
    generation: Generation | None = None


class Examined(Struct, frozen=True):
    """A provider's report, and what is wrong with it."""

    report: ProviderReport
    findings: tuple[Finding, ...]


async def examine(
    plugins: Plugins, surroundings: Surroundings, *, latest: bool = False
) -> dict[str, Examined]:
    """Every provider, looked at side by side and anew: nothing is taken from what was known before."""
    found: dict[str, Examined] = {}
    with tempfile.TemporaryDirectory(prefix="gateway-doctor-") as folder:
        versions = Versions(surroundings, folder)

        async def note(provider: Provider) -> None:
            found[provider.name] = await _examined(provider, surroundings, versions, latest=latest)

        async with trio.open_nursery() as nursery:
            for provider in plugins.providers.values():
                nursery.start_soon(note, provider)
    return {name: found[name] for name in plugins.providers}


async def _examined(
    provider: Provider, surroundings: Surroundings, versions: Versions, *, latest: bool
) -> Examined:
    version = await versions.of(provider, latest=latest)
    held = await hold(provider, surroundings, versions)
    findings = [*_of_the_cli(provider.info, version, held), *await _checked(provider, surroundings)]
    return Examined(_report(provider.info, version, held), tuple(findings))


def _report(info: ProviderInfo, version: Version, held: Held) -> ProviderReport:
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
        withheld_flags=held.withheld_flags,
    )


def _of_the_cli(info: ProviderInfo, version: Version, held: Held) -> Iterator[Finding]:
    install = " or ".join(info.install)
    if not held.available:
        yield Finding(info.name, f"{info.title} is not installed.", f"Install it: {install}", "info")
        return
    if version.error:
        yield Finding(info.name, version.error, f"Run it by hand, or install it again: {install}", "error")
    if version.login is not None and version.login.state == "logged_out":
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
