"""What ``gateway doctor`` tells of the machine, of the gateway itself and of what its tools cost."""

import os
import platform
from collections.abc import Mapping

from msgspec import Struct

from gateway import __version__
from gateway.cli.plugin_lookup import crash_told, last_crash, last_crashes
from gateway.config import Profile, config_path
from gateway.domain.probes import Finding
from gateway.plugin.manager import Plugins
from gateway.server.profiles import BUDGETS, offered, token_prices


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
    """A plugin that was found; ``error`` says why it is quarantined, and is null where it works."""

    name: str
    module: str | None
    provider: str | None
    error: str | None


class Price(Struct, frozen=True):
    """What the list of a profile's tools costs each conversation of a client, about."""

    tools: int
    tokens: int


def system() -> System:
    return System(platform.system(), platform.machine(), platform.release(), platform.python_version())


def program(environ: Mapping[str, str]) -> Program:
    path = config_path(environ)
    return Program("gateway", __version__, path, os.path.exists(path))


def listed(plugins: Plugins) -> tuple[Plugin, ...]:
    """The plugins that work, and those that are quarantined."""
    works = [Plugin(each.name, each.module, each.provider, None) for each in plugins.loaded]
    broken = [
        Plugin(each.subject.removeprefix("plugin "), None, None, each.message) for each in plugins.findings
    ]
    return (*works, *broken)


def of_crashes(plugins: Plugins) -> list[Finding]:
    """What has crashed in requests, and works for all that can be told by loading it."""
    known = last_crashes()
    crashed = [crash for each in plugins.loaded if (crash := last_crash(each, known))]
    remedy = (
        "Look at the line that it names, and tell the plugin's author; another version may have mended it."
    )
    return [Finding(f"plugin {crash.plugin}", f"Crashed {crash_told(crash)}", remedy) for crash in crashed]


def prices(plugins: Plugins, *, durable: bool) -> dict[Profile, Price]:
    """What each profile costs."""
    tokens = token_prices(plugins, durable=durable)
    return {
        profile: Price(len(offered(plugins, profile, durable=durable)), tokens[profile])
        for profile in BUDGETS
    }
