"""Tables of the configuration for what is not there: a letter is wrong, or a plugin is missing."""

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.config import Config
from gateway.domain.probes import Finding
from gateway.plugin.discovery import entry_points
from gateway.plugin.manager import Plugins


def strangers(config: Config, plugins: Plugins) -> list[Finding]:
    """A finding for each ``[providers.NAME]`` and ``[plugins.NAME]`` that nobody reads."""
    modules = {each.module for each in plugins.loaded}
    names = {each.name for each in plugins.loaded}
    names |= {name for name, module in entry_points().items() if module in modules}
    return [
        *_unknown("provider", config.providers, plugins.providers),
        *_unknown("plugin", config.plugins, names),
    ]


def _unknown(kind: str, told: Iterable[str], known: Iterable[str]) -> list[Finding]:
    findings = []
    for name in told:
        if name not in known:
            near = get_close_matches(name, list(known), 1)
            meant = f"Did you mean {near[0]}?" if near else "See `gateway plugins`."
            findings.append(Finding("configuration", f"There is no {kind} {name!r}.", meant))
    return findings
