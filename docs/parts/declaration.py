"""What a file that declares a provider may say, and the example that is tested."""

import json
from pathlib import Path

import msgspec
from msgspec import NODEFAULT, Struct

from gateway.config.tree import expected
from gateway.plugin.declaration import (
    Continuation,
    Declaration,
    Models,
    Output,
    Parameter,
    Prompt,
    Rate,
    Rule,
)
from parts.source import code, notes, prose, table

EXAMPLE = Path(__file__).parents[1] / "example" / "parrot.toml"
SECTIONS: dict[str, type[Struct]] = {
    "": Declaration,
    "[prompt]": Prompt,
    "[output]": Output,
    "[[output.read]]": Rule,
    "[resume]": Continuation,
    "[parameters.NAME]": Parameter,
    "[catalog]": Models,
    "[[prices]]": Rate,
}
TABLES = ("prompt", "output", "read", "resume", "parameters", "catalog", "prices")
"""Keys that are sections of their own."""


def example() -> str:
    return code(EXAMPLE.read_text("utf-8"), "toml")


def keys() -> str:
    """A table for each section of the file."""
    return "\n\n".join(_section(title, kind) for title, kind in SECTIONS.items())


def _section(title: str, kind: type[Struct]) -> str:
    homes = [each for each in reversed(kind.__mro__) if issubclass(each, Struct) and each is not Struct]
    told = {name: words for home in homes for name, words in notes(home).items()}
    rows = [
        (f"`{field.name}`", expected(field.type), _default(field), told.get(field.name, ""))
        for field in msgspec.structs.fields(kind)
        if field.name not in TABLES and field.name != "source"
    ]
    words = prose(kind.__doc__).partition(": ")[2] if title else ""
    parts = [f"### `{title}`" if title else "### At the top", words[:1].upper() + words[1:]]
    return "\n\n".join(part for part in (*parts, table(("key", "type", "default", "meaning"), rows)) if part)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is NODEFAULT else field.default
    return "" if value in (None, "", (), {}) else f"`{json.dumps(value)}`"
