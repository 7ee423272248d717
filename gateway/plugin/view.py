"""The hooks as one provider has them: all plugins but the other providers'."""

from collections.abc import Iterable, Iterator
from typing import Any

import pluggy


class View:
    """The hooks without the implementations of some plugins. Callers are made once and kept.

    ``silenced`` are the names of the plugins that have failed as listeners, in whichever view.
    """

    def __init__(self, manager: pluggy.PluginManager, without: Iterable[Any], silenced: set[str]) -> None:
        self._manager = manager
        self._without = list(without)
        self._silenced = silenced

    def __getattr__(self, name: str) -> pluggy.HookCaller:
        caller = self._manager.subset_hook_caller(name, self._without)
        setattr(self, name, caller)
        return caller

    def each(self, hook: str) -> Iterator[tuple[str, pluggy.HookCaller]]:
        """Every plugin that implements a hook, by name, with a caller for it alone, wrapped as ever."""
        found = getattr(self, hook).get_hookimpls()
        asked = [each.plugin for each in reversed(found) if not (each.wrapper or each.hookwrapper)]
        failed = [each.plugin for each in found if each.plugin_name in self._silenced]
        for plugin in asked:
            others = [each for each in (*asked, *failed) if each is not plugin]
            caller = self._manager.subset_hook_caller(hook, [*self._without, *others])
            yield str(self._manager.get_name(plugin)), caller

    def listeners(self, hook: str) -> Iterator[tuple[str, pluggy.HookCaller]]:
        """The plugins that are to hear of something: those that have not failed when they did."""
        return ((name, caller) for name, caller in self.each(hook) if name not in self._silenced)

    def silence(self, name: str) -> None:
        """Tell a plugin nothing more, and let it no longer stand around what others are told."""
        self._silenced.add(name)
