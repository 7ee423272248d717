"""Which plugin is meant, and what it was installed with."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from gateway.cli import local
from gateway.domain.probes import Finding
from gateway.errors import ConfigError, InvalidRequest, NotFound
from gateway.plugin.manager import Loaded, Plugins
from gateway.rules.instants import iso
from gateway.service.crashes import known_crashes
from gateway.store.crashes import Crash

GROUP = "gateway"


def installed() -> dict[str, EntryPoint]:
    """The entry points of all plugins, by name."""
    return {each.name: each for each in entry_points(group=GROUP)}


def distribution(point: EntryPoint | None) -> tuple[str, str] | None:
    """Name and version of the package that an entry point comes with."""
    return None if point is None or point.dist is None else (point.dist.name, point.dist.version)


def quarantined(plugins: Plugins, name: str) -> Finding | None:
    """Why a plugin is not loaded; None where it is, or where there is none of this name."""
    return next((each for each in plugins.findings if each.subject == f"plugin {name}"), None)


def last_crashes() -> list[Crash]:
    """The last crash of each plugin that has crashed in any gateway of this state folder."""
    try:
        return known_crashes(local.config().state)
    except ConfigError:
        return []


def last_crash(plugin: Loaded, known: Iterable[Crash]) -> Crash | None:
    """The last crash of a plugin, which may be known by its provider's name."""
    return next((each for each in known if each.plugin in (plugin.name, plugin.provider)), None)


def crash_told(crash: Crash) -> str:
    """A crash in a sentence, with its time and how many there were."""
    often = f"{crash.count} times by now" if crash.count > 1 else "once"
    return f"{iso(crash.at)}, {often}: {crash.problem}"


def found(plugins: Plugins, name: str) -> Loaded:
    """The loaded plugin of this name, or the one that makes the provider of this name."""
    for plugin in plugins.loaded:
        if name in (plugin.name, plugin.provider):
            return plugin
    if finding := quarantined(plugins, name):
        raise InvalidRequest(finding.message, hint=finding.remedy)
    raise NotFound(
        f"There is no plugin {name!r}.",
        hint=f"Installed: {', '.join(each.name for each in plugins.loaded) or 'none'}.",
    )
