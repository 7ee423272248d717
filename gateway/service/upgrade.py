"""Plans and runs the upgrade of a CLI: by the installer that put it where it is, else by its own command.

The installer goes first, because the own command of a CLI may call npm without saying where: two of those that were
tried put a second copy into its default place and reported a success.
"""

import os
import re
from collections.abc import Callable

import trio
from msgspec import Struct

from gateway.domain.caller import Caller
from gateway.domain.probes import Command
from gateway.errors import GatewayError, InvalidRequest, ProviderUnavailable, Refused
from gateway.host.environ import find
from gateway.host.passing import passing_folder
from gateway.host.probes import run
from gateway.plugin.provider import Provider
from gateway.service.installed import Binaries
from gateway.service.surroundings import Surroundings
from gateway.service.versions import Versions, readings

LATEST = "latest"
LIMIT = 600.0
"""Seconds an upgrade may take where nobody says."""
GRACE = 15.0
"""Seconds an installer has to undo what it has begun."""
MOST = 20_000
"""Characters told of each of its outputs, from the end."""
_TARGET = re.compile(r"[0-9A-Za-z][\w.+-]{0,63}", re.ASCII)
_VERSION = re.compile(r"\d+(\.\d+){2}")
"""A target that is one version and no tag or range."""


class Installer(Struct, frozen=True, kw_only=True):
    """A program that installs CLIs, recognised by where it puts them."""

    strategy: str
    home: str
    """Regular expression of the paths it installs to, with the package's ``name``."""
    tool: str
    latest: tuple[str, ...]
    exact: tuple[str, ...] | None
    """None: it takes no version."""


INSTALLERS = (
    Installer(
        strategy="npm-global-install",
        home=r"(?P<prefix>/.+)/lib/node_modules/(?P<name>(?:@[^/]+/)?[^/@]+)/.+",
        tool="npm",
        latest=("install", "-g", "--prefix", "{prefix}", "{name}@latest"),
        exact=("install", "-g", "--prefix", "{prefix}", "{name}@{target}"),
    ),
    Installer(
        strategy="uv-tool-install",
        home=r"/.+/uv/tools/(?P<name>[^/]+)/.+",
        tool="uv",
        # "tool upgrade" keeps to the version that an exact install has pinned, and calls that a success.
        latest=("tool", "install", "{name}@latest"),
        exact=("tool", "install", "{name}=={target}"),
    ),
    Installer(
        strategy="pipx-install",
        home=r"/.+/pipx/venvs/(?P<name>[^/]+)/.+",
        tool="pipx",
        latest=("upgrade", "{name}"),
        exact=("install", "--force", "{name}=={target}"),
    ),
    Installer(
        strategy="brew-upgrade",
        home=r"/.+/Cellar/(?P<name>[^/]+)/.+",
        tool="brew",
        latest=("upgrade", "{name}"),
        exact=None,
    ),
)


class Plan(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an upgrade would do. Without a command, what a person can do."""

    cli: str
    target: str
    strategy: str
    command: str | None = None
    args: tuple[str, ...] = ()
    requires_network: bool = True
    timeout_ms: int = round(LIMIT * 1000)
    note: str | None = None


class Upgraded(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an upgrade did."""

    stdout: str
    stderr: str
    exit_code: int | None
    timed_out: bool
    version_before: str | None
    version_after: str | None
    note: str | None = None
    """Why this is not what was asked for, although the command has succeeded."""


class Upgrades:
    """Plans and runs upgrades, one at a time for each CLI."""

    def __init__(self, surroundings: Surroundings, redact: Callable[[str], str]) -> None:
        self._surroundings = surroundings
        self._redact = redact
        self._running: dict[str, trio.Lock] = {}

    async def plan(self, provider: Provider, target: str, caller: Caller) -> Plan:
        """How the CLI would be brought to the target. Nothing is changed."""
        if not caller.names_paths:
            raise Refused(
                "Only a caller at this machine may upgrade its CLIs.", hint="Ask whoever runs the gateway."
            )
        wanted = target.strip()
        if not _TARGET.fullmatch(wanted):
            raise InvalidRequest(
                "Upgrade target must be a non-empty package tag or version without whitespace and cannot start "
                "with '-'",
                hint='Say "latest", another tag of the package, or a version such as 1.2.3.',
            )
        try:
            executable = self._surroundings.executable(provider)
        except ProviderUnavailable as error:
            return _by_hand(provider, wanted, str(error))
        by_installer = self._by_installer(provider, wanted, executable)
        if by_installer.command is not None:
            return by_installer
        seen = await readings(provider, provider.info.upgrade_probes, self._surroundings)
        command = provider.upgrade(wanted, seen)
        if command is None:
            return by_installer
        return Plan(
            cli=provider.name,
            target=wanted,
            strategy="self-update",
            command=executable,
            args=command.args,
            timeout_ms=round(command.timeout * 1000),
        )

    def _by_installer(self, provider: Provider, target: str, executable: str) -> Plan:
        path = os.path.realpath(executable)
        for installer in INSTALLERS:
            place = re.fullmatch(installer.home, path)
            args = installer.latest if target == LATEST else installer.exact
            if place is None or args is None:
                continue
            tool = find(installer.tool, self._surroundings.environ(provider)["PATH"])
            if tool is None:
                return _by_hand(
                    provider, target, f"{path} was installed by {installer.tool}, which is not on PATH."
                )
            words = place.groupdict() | {"target": target}
            return Plan(
                cli=provider.name,
                target=target,
                strategy=installer.strategy,
                command=tool,
                args=tuple(word.format_map(words) for word in args),
            )
        return _by_hand(provider, target, f"How {path} was installed is not known.")

    async def run(self, provider: Provider, plan: Plan, limit: float | None) -> Upgraded:
        """Carry out a plan. That the command fails is a result."""
        if plan.command is None:
            raise InvalidRequest(f"The gateway cannot upgrade {provider.info.title}.", hint=plan.note or "")
        command = Command(plan.args, limit or plan.timeout_ms / 1000)
        async with self._running.setdefault(provider.name, trio.Lock()):
            before = await self._version(provider)
            ran = await run(
                command,
                executable=plan.command,
                environ=self._surroundings.environ(provider),
                grace=GRACE,
            )
            after = await self._version(provider)
            return Upgraded(
                stdout=self._redact(ran.stdout)[-MOST:],
                stderr=self._redact(ran.stderr)[-MOST:],
                exit_code=ran.returncode,
                timed_out=ran.timed_out,
                version_before=before,
                version_after=after,
                note=_missed(plan.target, after) if ran.returncode == 0 else None,
            )

    async def _version(self, provider: Provider) -> str | None:
        """The version as it is now: behind a script that only starts it, a binary changes unseen."""
        with passing_folder("upgrade") as folder:
            try:
                versions = Versions(self._surroundings, Binaries(folder))
                return (await versions.installed(provider)).version or None
            except (GatewayError, OSError):
                return None


def _missed(target: str, after: str | None) -> str | None:
    """What is to be said of an upgrade that went well and left another version than the one that was named."""
    if after is None:
        return "What is installed now tells no version."
    if not _VERSION.fullmatch(target) or after == target:
        return None
    return f"The command succeeded, but the installed version is {after}."


def _by_hand(provider: Provider, target: str, why: str) -> Plan:
    commands = " or ".join(f"`{each}`" for each in provider.info.install) or f"see {provider.info.docs}"
    return Plan(
        cli=provider.name,
        target=target,
        strategy="manual",
        note=f"{why} The gateway cannot upgrade it; do it by hand: {commands}.",
    )
