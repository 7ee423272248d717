"""Loads plugins. One that is broken becomes a finding; the others work on."""

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import pluggy
from msgspec import Struct

from gateway import hookspecs
from gateway.domain.probes import Finding
from gateway.domain.provider import ProviderInfo
from gateway.errors import ConfigError, NotFound, PluginError
from gateway.plugin import defaults
from gateway.plugin.blame import Blame
from gateway.plugin.discovery import DECLARED, entry_points
from gateway.plugin.provider import Provider
from gateway.plugin.view import View
from gateway.rules.schema import json_schema
from gateway.rules.shapes import misfits

REQUIRED = ("gateway_launch", "gateway_decode")
HOOK = f"{hookspecs.PROJECT}_"
MARK = f"{hookspecs.PROJECT}_impl"
"""The attribute by which pluggy knows an implementation."""


class Loaded(Struct, frozen=True):
    """A plugin that works: what it is called, where it lives, what it hooks into."""

    name: str
    module: str
    """The module, or the file that declares it."""
    hooks: tuple[str, ...]
    provider: str | None


class Plugins(Struct, frozen=True):
    """What is registered, and what could not be."""

    providers: Mapping[str, Provider]
    loaded: tuple[Loaded, ...]
    findings: tuple[Finding, ...]

    def provider(self, name: str) -> Provider:
        """The provider of this name; NotFound names those there are."""
        try:
            return self.providers[name]
        except KeyError:
            raise NotFound(
                f"There is no provider {name!r}.",
                hint=f"Installed: {', '.join(self.providers) or 'none'}. See `gateway plugins`.",
            ) from None


def load(
    only: Iterable[str] | None = None,
    path: Iterable[str] | None = None,
    declared: Mapping[str, str] | None = None,
) -> Plugins:
    """Load the installed plugins and the ``declared`` providers, or just those named.

    A name that is neither is a module of its own, or the path of a file that declares a provider.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(defaults)
    findings = []
    for name, source in _wanted(entry_points(path), declared or {}, only):
        try:
            with Blame(name, f"loading {source}"):
                _register(manager, name, _plugin(source))
        except (PluginError, ConfigError) as error:
            manager.set_blocked(name)
            findings.append(_finding(name, error))
    return _wire(manager, findings)


def _wanted(
    installed: Mapping[str, str], declared: Mapping[str, str], only: Iterable[str] | None
) -> Iterator[tuple[str, str]]:
    """What to load: a name and its module or file. A file whose name is taken goes by its path."""
    if only is None:
        yield from sorted(installed.items())
        yield from ((path if name in installed else name, path) for name, path in sorted(declared.items()))
        return
    for name in dict.fromkeys(only):
        yield name, installed.get(name) or declared.get(name) or name


def _plugin(source: str) -> Any:
    if not source.endswith(DECLARED):
        return import_module(source)
    from gateway.plugin.declared import Declared

    return Declared(source)


def _register(manager: pluggy.PluginManager, name: str, module: Any) -> None:
    wanted = getattr(module, "gateway_api", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        newer = isinstance(wanted, int) and wanted > hookspecs.API_VERSION
        raise PluginError(
            name,
            "loading",
            f"it is written for version {wanted!r} of the hooks, this is {hookspecs.API_VERSION}: "
            f"upgrade {'gateway' if newer else 'the plugin'}",
        )
    if unmarked := _unmarked(module):
        raise PluginError(name, "loading", f"@hookimpl is missing from {' and '.join(unmarked)}")
    manager.register(module, name)
    callers = manager.get_hookcallers(module) or []
    unknown = [caller.name for caller in callers if not caller.has_spec()]
    missing = [hook for hook in REQUIRED if hook not in {caller.name for caller in callers}]
    if unknown:
        manager.unregister(module)
        raise PluginError(name, "loading", f"there is no hook called {', '.join(unknown)}")
    if module in _owners(manager) and missing:
        manager.unregister(module)
        raise PluginError(name, "loading", f"a provider needs {' and '.join(missing)}")


def _unmarked(module: Any) -> list[str]:
    """Functions that have the name of a hook and would never be called: their author forgot the mark."""
    return [
        name
        for name, value in vars(module).items()
        if callable(value) and hasattr(hookspecs, name) and name.startswith(HOOK) and not hasattr(value, MARK)
    ]


def _owners(manager: pluggy.PluginManager) -> set[Any]:
    """The plugins that are providers. One that only wraps is none."""
    return {
        implementation.plugin
        for implementation in manager.hook.gateway_provider.get_hookimpls()
        if not (implementation.wrapper or implementation.hookwrapper)
    }


def _wire(manager: pluggy.PluginManager, findings: list[Finding]) -> Plugins:
    """Give each provider its view of the hooks: all plugins but the other providers'."""
    owners = _owners(manager)
    authors = {getattr(module, "__name__", name): name for name, module in manager.list_name_plugin()}
    silenced: set[str] = set()
    providers: dict[str, Provider] = {}
    loaded = []
    for name, module in manager.list_name_plugin():
        if module is None or module is defaults:
            continue
        provider = None
        if module in owners:
            try:
                provider = _provider(name, View(manager, owners - {module}, silenced), authors, providers)
            except PluginError as error:
                findings.append(_finding(name, error))
                continue
            providers[provider.name] = provider
        hooks = tuple(sorted(caller.name for caller in manager.get_hookcallers(module) or ()))
        loaded.append(
            Loaded(name, getattr(module, "__name__", name), hooks, provider.name if provider else None)
        )
    return Plugins(dict(sorted(providers.items())), tuple(loaded), tuple(findings))


def _provider(name: str, view: View, authors: Mapping[str, str], others: Mapping[str, Provider]) -> Provider:
    with Blame(name, "gateway_provider", authors):
        info = view.gateway_provider()
        if not isinstance(info, ProviderInfo):
            raise PluginError(name, "gateway_provider", f"it returned {type(info).__name__}")
        if info.name in others:
            raise PluginError(name, "gateway_provider", f"there is already a provider called {info.name!r}")
        if wrong := next(misfits(info), ""):
            raise PluginError(name, "gateway_provider", wrong)
        _check_tools(name, info)
        for pattern in (info.session_id, info.mentions, *info.secrets):
            re.compile(pattern)
        return Provider(info, view, authors)


def _check_tools(name: str, info: ProviderInfo) -> None:
    """Refuse tools that cannot be offered: lists of tools and options are made for all providers at once."""
    for tool in info.offered():
        if tool.needs_tasks and not tool.background:
            raise PluginError(name, "gateway_provider", f"{tool.name} needs tasks and has no background")
        json_schema(tool.request)


def _finding(name: str, error: PluginError | ConfigError) -> Finding:
    """A broken plugin as a line of a report. What is wrong with a file is said without our traceback."""
    detail = "" if isinstance(error, ConfigError) else "".join(traceback.format_exception(error))
    return Finding(f"plugin {name}", str(error), error.hint, "error", detail)
