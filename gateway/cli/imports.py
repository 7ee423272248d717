"""Makes large imports quick and small.

What they build stays for good, and looking for garbage in it would be a quarter of the time. A package that hands on
the names of everything below it makes whoever wants one module of it load them all: of ``mcp`` a server would have
the client, OAuth and its cryptography in memory, 11 MB.
"""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

HAND_ON = frozenset({"mcp", "mcp.server"})
"""Packages whose own module does nothing but hand on names. It is run once one of them is asked for."""


@contextmanager
def kept() -> Iterator[None]:
    """What is imported here is neither searched for garbage now nor ever again, not even when the program ends."""
    collecting = gc.isenabled()
    gc.disable()
    sys.meta_path.insert(0, _Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(_Finder)
        gc.freeze()
        if collecting:
            gc.enable()


class _Finder:
    """Finds what hands on, and nothing else."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in HAND_ON else None
        if spec is not None and spec.loader is not None:
            spec.loader = _OnDemand(spec.loader)
        return spec


class _OnDemand(Loader):
    """Runs a package's own module when a name is asked for that is none of its modules."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def exec_module(self, module: ModuleType) -> None:
        def found(name: str) -> Any:
            del module.__dict__["__getattr__"]
            self._plain.exec_module(module)
            return getattr(module, name)

        module.__dict__["__getattr__"] = found
