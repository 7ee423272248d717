"""Every key of the configuration and every environment variable."""

import ast
import json
from pathlib import Path

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

import gateway
from gateway.config import Config
from gateway.config.former import KEYS, REFUSED
from gateway.config.tree import expected, many, section
from gateway.config.variables import FORMERLY_OF_PROVIDERS, OF_PROVIDERS, TOLD_BY_CLIS, VARIABLES
from parts.source import notes, prose, table

CORE = Path(gateway.__file__).parent


def keys() -> str:
    """A table for each section of the file."""
    return "\n\n".join(_sections(Config, ""))


def variables() -> str:
    """The variables that count, those that are deprecated, and those that are no more."""
    unknown = read_variables() - set(VARIABLES)
    assert not unknown, f"declare in gateway/config/variables.py: {unknown}"
    counted, old = [], []
    for name, each in sorted(VARIABLES.items()):
        before = f"Before `{each.key}` of the file." if each.key else ""
        if each.standing == "read":
            counted.append((f"`{name}`", " ".join(filter(None, (before, each.meaning)))))
        else:
            old.append((f"`{name}`", each.standing, each.meaning))
    counted += [(f"`{name}`", meaning) for name, meaning in OF_PROVIDERS.items()]
    formerly = (", ".join(f"`NAME_{word}`" for word in FORMERLY_OF_PROVIDERS), "unused", TOLD_BY_CLIS)
    return "\n\n".join(
        (
            table(("variable", "meaning"), counted),
            "Of version 1.7.0, and told where they are set: on stderr, or by `gateway config check` alone where other "
            "programs use the name too.",
            table(("variable", "state", "what to do, or why it says nothing"), [*old, formerly]),
        )
    )


def former_keys() -> str:
    """The keys of version 1.7.0 that are none of ours."""
    refused = [(f"`{name}`", f"Refused{reason}.") for name, reason in REFUSED.items()]
    return table(
        ("key", "what becomes of it"), [(f"`{name}`", told) for name, told in KEYS.items()] + refused
    )


def read_variables() -> set[str]:
    """The environment variables that the configuration and the command line read by name."""
    found = set()
    for path in sorted(path for room in ("config", "cli") for path in (CORE / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    ast.Attribute(ast.Name("environ") | ast.Attribute(ast.Name("os"), "environ"), "get"),
                    [ast.Constant(str(name)), *_],
                ):
                    found.add(name)
    return found


def _sections(kind: type[Struct], path: str) -> list[str]:
    told, below = notes(kind), []
    rows = []
    for field in msgspec.structs.fields(kind):
        below_it = section(field)
        if below_it is None:
            rows.append(
                (f"`{field.encode_name}`", expected(field.type), _default(field), told.get(field.name, ""))
            )
        else:
            below += _sections(below_it, f"{path}{field.encode_name}{'.NAME' if many(field) else ''}.")
    title = f"### `[{path.rstrip('.')}]`" if path else "### At the top of the file"
    words = prose(kind.__doc__).partition(": ")[2] if path else ""
    parts = [title, words[:1].upper() + words[1:], table(("key", "type", "default", "meaning"), rows)]
    return ["\n\n".join(part for part in parts if part), *below]


def _default(field: FieldInfo) -> str:
    value = field.default_factory() if field.default is NODEFAULT else field.default
    return "" if value is None else f"`{json.dumps(value)}`"
