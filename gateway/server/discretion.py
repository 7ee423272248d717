"""What remote callers are told of the machine: the names of its files, and not where they lie."""

import os
from typing import Any

from gateway.domain.caller import Caller

PLACES = frozenset({"dbPath", "configFile", "command", "resolvedCommand"})
"""Keys of answers that hold a path of the machine's own."""


def discreet(told: Any, caller: Caller) -> Any:
    """An answer as the caller may read it."""
    if caller.names_paths:
        return told
    match told:
        case dict():
            return {name: _named(name, discreet(value, caller)) for name, value in told.items()}
        case list() | tuple():
            return [discreet(value, caller) for value in told]
    return told


def _named(name: str, value: Any) -> Any:
    return os.path.basename(value) if name in PLACES and isinstance(value, str) else value
