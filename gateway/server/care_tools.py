"""The tools that look after the CLIs: versions and logins, upgrades, contracts."""

import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import given
from gateway.errors import InvalidRequest
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.server.discretion import discreet
from gateway.server.render import json_result, text_result
from gateway.server.spec import Call, Result, ToolSpec, plain
from gateway.service.contracts import report
from gateway.service.upgrade import LATEST, Upgrades
from gateway.service.versions import LOGIN_WORDS, Version, Versions

CREDENTIALS = "Log in with the CLI itself. The gateway never reads, stores or passes on its credentials."


class CliVersions(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which CLIs are installed, in which version, and whether they are logged in."""

    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET
    check_latest: Annotated[bool, Meta(description="Ask the registries for newer releases")] = False


class CliUpgrade(Struct, frozen=True, kw_only=True, rename="camel"):
    """Upgrade a provider's CLI. Tells the plan, and carries it out only with dryRun false."""

    cli: str
    target: Annotated[str, Meta(description="Version or tag")] = LATEST
    dry_run: bool = True
    timeout_ms: Annotated[int, Meta(ge=30_000, le=3_600_000)] | UnsetType = UNSET


class UpstreamContracts(Struct, frozen=True, kw_only=True, rename="camel"):
    """The flags each provider's CLI is given, and whether the installed one still knows them."""

    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET
    probe_installed: Annotated[bool, Meta(description="Compare with the installed CLI's help")] = False


def version_told(found: Version, provider: Provider) -> dict[str, Any]:
    """A CLI in the words of version 1.7.0."""
    login = found.login
    told: dict[str, Any] = {
        "cli": found.provider,
        "command": found.command,
        "args": provider.info.version.args,
        "installed": found.installed is not None,
        "version": (found.installed.version or None) if found.installed else None,
        "latestVersion": found.latest,
        "updateAvailable": found.outdated,
        "loginStatus": LOGIN_WORDS[login.state] if login else "not_checked",
        "loginDetail": (login.detail or None) if login else None,
        "error": found.error,
    }
    if login is not None and login.state != "logged_in":
        told["loginGuidance"] = {
            "summary": provider.info.login,
            "commands": re.findall(r"`([^`]+)`", provider.info.login),
            "credentialHandling": CREDENTIALS,
        }
    if found.installed is None:
        told["installGuidance"] = {"commands": provider.info.install, "documentationUrl": provider.info.docs}
    return {name: value for name, value in told.items() if value is not None}


class Care:
    """What these tools learn is kept as long as their server."""

    def __init__(self) -> None:
        self._versions: Versions | None = None
        self._upgrades: Upgrades | None = None

    def _known(self, call: Call) -> Versions:
        gateway = call.gateway
        if self._versions is None:
            self._versions = Versions(gateway.surroundings, gateway.intake.binaries)
        return self._versions

    async def versions(self, call: Call) -> Result:
        asked, _ = accept(_without_blanks(call), CliVersions)
        providers = list(_chosen(call, asked.cli))
        found = await self._known(call).all(providers, latest=asked.check_latest)
        told = list(map(version_told, found, providers))
        return json_result({"versions": discreet(told, call.caller)})

    async def contracts(self, call: Call) -> Result:
        asked, _ = accept(_without_blanks(call), UpstreamContracts)
        versions = self._known(call) if asked.probe_installed else None
        told = await report(_chosen(call, asked.cli), call.gateway.surroundings, versions)
        seen = discreet(msgspec.to_builtins(told), call.caller)
        return text_result(msgspec.json.format(msgspec.json.encode(seen), indent=2).decode())

    async def upgrade(self, call: Call) -> Result:
        try:
            return await self._upgraded(call)
        except InvalidRequest as error:
            return json_result({"success": False, "error": str(error), "remedy": error.hint}, error=True)

    async def _upgraded(self, call: Call) -> Result:
        gateway = call.gateway
        if self._upgrades is None:
            self._upgrades = Upgrades(gateway.surroundings, gateway.redact)
        asked, _ = accept(call.arguments, CliUpgrade)
        provider = gateway.plugins.provider(asked.cli)
        plan = await self._upgrades.plan(provider, asked.target, call.caller)
        body = {"success": True, "dryRun": asked.dry_run, "plan": msgspec.to_builtins(plan)}
        if asked.dry_run:
            return json_result(body)
        limit = None if isinstance(asked.timeout_ms, UnsetType) else asked.timeout_ms / 1000
        done = await self._upgrades.run(provider, plan, limit)
        good = done.exit_code == 0 and done.note is None
        return json_result(body | msgspec.to_builtins(done) | {"success": good}, error=not good)


def _without_blanks(call: Call) -> dict[str, Any]:
    """The arguments without empty strings, which version 1.7.0 takes for absent."""
    return {name: value for name, value in call.arguments.items() if value != ""}


def _chosen(call: Call, name: str | UnsetType) -> Iterable[Provider]:
    plugins = call.gateway.plugins
    return (plugins.provider(str(name)),) if given(name) else plugins.providers.values()


def care_tools() -> list[ToolSpec]:
    """Which CLIs there are, how they are brought up to date, what is counted on."""
    care = Care()
    safe = {"read_only": True, "idempotent": True}
    return [
        plain("cli_versions", "CLI versions", CliVersions, care.versions, **safe),
        plain("upstream_contracts", "CLI contracts", UpstreamContracts, care.contracts, **safe),
        plain("cli_upgrade", "Upgrade a CLI", CliUpgrade, care.upgrade, destructive=True, open_world=True),
    ]
