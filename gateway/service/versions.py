"""Which CLIs are there: version, login and newest release of each, looked up side by side."""

import re
from collections.abc import Iterable, Mapping

import trio
from msgspec import Struct

from gateway.domain.launch import Installed, version_key
from gateway.domain.probes import Login, Package, Probe, Reading, Readings
from gateway.errors import GatewayError
from gateway.host.probes import look
from gateway.host.registry import ADDRESSES, newest
from gateway.plugin.provider import Provider
from gateway.service.installed import Binaries
from gateway.service.surroundings import Surroundings

LOGIN_FRESH = 15.0
"""Seconds for which the answer about a login is kept: somebody who has just logged in does not wait for long."""
MOST_DETAIL = 300
LOGIN_WORDS = {"logged_in": "authenticated", "logged_out": "not_authenticated", "unknown": "unknown"}
"""The states of a login in the words of version 1.7.0."""
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
"""Mail addresses and UUIDs: a report is passed on more easily than a login."""


class Version(Struct, frozen=True, kw_only=True):
    """What is known of one provider's CLI."""

    provider: str
    command: str
    """Where it is, or the word that was looked for."""
    installed: Installed | None = None
    """None: it is not there."""
    login: Login | None = None
    """None: it was not asked."""
    latest: str | None = None
    """The newest release; None: nobody asked, or the registry did not tell."""
    error: str | None = None

    @property
    def outdated(self) -> bool | None:
        """Whether there is a newer release; None: not known."""
        if self.latest is None or self.installed is None or not self.installed.version:
            return None
        return version_key(self.latest) > version_key(self.installed.version)


class Versions:
    """Looks at the CLIs. Logins are remembered for a moment."""

    def __init__(
        self, surroundings: Surroundings, binaries: Binaries, registries: Mapping[str, str] = ADDRESSES
    ) -> None:
        self._surroundings = surroundings
        self._registries = registries
        self._binaries = binaries
        self._logins: dict[str, tuple[float, Login]] = {}
        self._asking: dict[str, trio.Lock] = {}

    async def all(self, providers: Iterable[Provider], *, latest: bool = False) -> list[Version]:
        """Every provider's CLI, in the order of the providers. ``latest``: the registries are asked too."""
        asked = list(providers)
        found: dict[str, Version] = {}

        async def note(provider: Provider) -> None:
            found[provider.name] = await self.of(provider, latest=latest)

        async with trio.open_nursery() as nursery:
            for provider in asked:
                nursery.start_soon(note, provider)
        return [found[provider.name] for provider in asked]

    async def of(self, provider: Provider, *, latest: bool = False) -> Version:
        """One provider's CLI. That it is missing or broken is a result."""
        try:
            command = self._surroundings.executable(provider)
        except GatewayError as error:
            release = await self._newest(provider.info.latest) if latest else None
            return Version(
                provider=provider.name, command=provider.info.executable, latest=release, error=str(error)
            )
        return await self._seen(provider, command, latest=latest)

    async def _seen(self, provider: Provider, command: str, *, latest: bool) -> Version:
        installed, error, login, release = Installed(), None, None, None

        async def ask_version() -> None:
            nonlocal installed, error
            installed, error = await self._installed(provider)

        async def ask_login() -> None:
            nonlocal login
            login = await self.login(provider)

        async def ask_registry() -> None:
            nonlocal release
            release = await self._newest(provider.info.latest) if latest else None

        async with trio.open_nursery() as nursery:
            for ask in (ask_version, ask_login, ask_registry):
                nursery.start_soon(ask)
        return Version(
            provider=provider.name,
            command=command,
            installed=installed,
            login=login,
            latest=release,
            error=error,
        )

    async def _newest(self, package: Package | None) -> str | None:
        return None if package is None else await newest(package, self._registries)

    async def _installed(self, provider: Provider) -> tuple[Installed, str | None]:
        try:
            found = await self.installed(provider)
        except (GatewayError, OSError) as error:
            return Installed(), str(error)
        command = " ".join((provider.info.executable, *provider.info.version.args))
        return found, None if found.version else f"`{command}` told no version"

    async def installed(self, provider: Provider) -> Installed:
        """Version and flags of the provider's CLI. It is probed once for each state of its binary."""
        executable = self._surroundings.executable(provider)
        return await self._binaries.installed(provider.info, executable, self._surroundings.environ(provider))

    async def login(self, provider: Provider) -> Login:
        """Whether the CLI is logged in. Two callers at once ask it once."""
        async with self._asking.setdefault(provider.name, trio.Lock()):
            told_at, told = self._logins.get(provider.name, (-LOGIN_FRESH, Login("unknown")))
            if trio.current_time() - told_at >= LOGIN_FRESH:
                told = await self._login(provider)
                self._logins[provider.name] = (trio.current_time(), told)
        return told

    async def _login(self, provider: Provider) -> Login:
        try:
            told = provider.login(await readings(provider, provider.info.login_probes, self._surroundings))
        except GatewayError as error:
            return Login("unknown", str(error))
        return Login(told.state, impersonal(told.detail))


def impersonal(text: str) -> str:
    """One short line without what names a person."""
    return _PERSONAL.sub("[redacted]", " ".join(text.split()))[:MOST_DETAIL]


async def readings(provider: Provider, probes: Iterable[Probe], surroundings: Surroundings) -> Readings:
    """What a provider's probes see, all looked at side by side. A CLI that is missing is nothing seen."""
    environ = surroundings.environ(provider)
    try:
        executable: str | None = surroundings.executable(provider)
    except GatewayError:
        executable = None
    seen: dict[Probe, Reading] = {}

    async def see(probe: Probe) -> None:
        try:
            seen[probe] = await look(probe, executable=executable, environ=environ)
        except GatewayError:
            seen[probe] = Reading(found=False)

    asked = list(probes)
    async with trio.open_nursery() as nursery:
        for probe in asked:
            nursery.start_soon(see, probe)
    return {probe: seen[probe] for probe in asked}
