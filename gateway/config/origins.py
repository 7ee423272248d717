"""Where each value of the configuration comes from."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from gateway.config.keys import Config
from gateway.config.reading import Configured
from gateway.config.tree import dotted, leaves, secret
from gateway.rules.lines import lines

HIDDEN = "[hidden]"


class Origin(Struct, frozen=True, omit_defaults=True):
    """What has set a value: nobody, the environment, or a line of the file."""

    kind: Literal["default", "variable", "file"]
    variable: str | None = None
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        match self.kind:
            case "variable":
                return f"environment {self.variable}"
            case "file":
                return f"{self.path}:{self.line}"
        return "default"


class Setting(Struct, frozen=True):
    """A key with the value that counts, and where that comes from."""

    key: str
    value: Any
    origin: Origin


def settings(found: Configured) -> Iterator[Setting]:
    """Every key. Values that may be secrets are not shown."""
    values = msgspec.to_builtins(found.config)
    places = {dotted(path): line for path, line in lines(found.text or "").items()}
    for path, field in leaves(Config, values):
        value: Any = values
        for name in path:
            value = value[name]
        key = dotted(path)
        yield Setting(key, _hidden(value) if secret(field) else value, _origin(found, key, places))


def holds_secrets(found: Configured) -> bool:
    """Whether the file itself says what is not to be shown."""
    return any(each.origin.kind == "file" and HIDDEN in str(each.value) for each in settings(found))


def _hidden(value: Any) -> Any:
    match value:
        case dict():
            return dict.fromkeys(value, HIDDEN)
        case list() | tuple():
            return [HIDDEN] * len(value)
    return value and HIDDEN


def _origin(found: Configured, key: str, places: dict[str, int]) -> Origin:
    source = found.origins.get(key, key)
    if source in places:
        return Origin("file", path=found.path, line=places[source])
    return Origin("default") if source == key else Origin("variable", variable=source)
