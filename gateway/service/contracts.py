"""The contracts of all providers, and where asked for, the installed CLIs held against them."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import trio
from msgspec import Struct

from gateway.domain.launch import Installed
from gateway.domain.provider import ProviderInfo
from gateway.errors import GatewayError
from gateway.plugin.provider import Provider
from gateway.rules.contract import Contract, Departure, contract, drift
from gateway.service.surroundings import Surroundings
from gateway.service.versions import Versions

SCHEMA_VERSION = "upstream-cli-contracts.v1"


class Held(Struct, frozen=True, kw_only=True, rename="camel"):
    """An installed CLI held against its contract."""

    cli: str
    executable: str
    resolved_command: str | None
    available: bool
    version: str | None = None
    checked_help_commands: tuple[str, ...] = ()
    missing_flags: tuple[str, ...] = ()
    drift: tuple[Departure, ...] = ()
    withheld_flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Contracts(Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole report, in the words of version 1.7.0."""

    schema_version: str
    generated_at: str
    contracts: dict[str, Contract]
    installed_probe: dict[str, Held] | None


async def report(
    providers: Iterable[Provider], surroundings: Surroundings, versions: Versions | None
) -> Contracts:
    """The providers' contracts. Without ``versions`` no CLI is looked at."""
    asked = list(providers)
    held: dict[str, Held] = {}

    async def note(provider: Provider, versions: Versions) -> None:
        held[provider.name] = await hold(provider, surroundings, versions)

    if versions is not None:
        async with trio.open_nursery() as nursery:
            for provider in asked:
                nursery.start_soon(note, provider, versions)
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
    return Contracts(
        schema_version=SCHEMA_VERSION,
        generated_at=now.replace("+00:00", "Z"),
        contracts={provider.name: contract(provider.info) for provider in asked},
        installed_probe=None
        if versions is None
        else {provider.name: held[provider.name] for provider in asked},
    )


async def hold(provider: Provider, surroundings: Surroundings, versions: Versions) -> Held:
    """Hold one installed CLI against its contract. That it is not there is a result."""
    info = provider.info
    try:
        command = surroundings.executable(provider)
    except GatewayError as error:
        return _missing(info, None, str(error))
    try:
        installed = await versions.installed(provider)
    except (GatewayError, OSError) as error:
        return _missing(info, command, str(error))
    return _held(info, command, installed)


def _missing(info: ProviderInfo, command: str | None, why: str) -> Held:
    return Held(
        cli=info.name,
        executable=info.executable,
        resolved_command=command,
        available=False,
        warnings=(why,),
    )


def _held(info: ProviderInfo, command: str, installed: Installed) -> Held:
    found = drift(contract(info), installed)
    helps = tuple(" ".join((info.executable, *each.args)) for each in info.help)
    warnings = [f"{each.flag}: {each.problem}" for each in found.drift]
    if not found.checked:
        warnings.append(
            f"{' and '.join(f'`{each}`' for each in helps)} listed no flags, so nothing was compared."
        )
    return Held(
        cli=info.name,
        executable=info.executable,
        resolved_command=command,
        available=True,
        version=installed.version or None,
        checked_help_commands=helps if found.checked else (),
        missing_flags=found.missing_flags,
        drift=found.drift,
        withheld_flags=found.withheld_flags,
        warnings=tuple(warnings),
    )
