"""Every key of the configuration and every environment variable."""

import ast
import json
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

import gateway
from gateway.config import Config
from gateway.config.variables import VARIABLES
from parts.source import notes, prose, table

CORE = Path(gateway.__file__).parent


def keys() -> str:
    """A table for each section of the file."""
    return "\n\n".join(_sections(Config, ""))


def variables() -> str:
    read = read_variables()
    assert read == set(VARIABLES), f"correct gateway/config/variables.py: {read ^ set(VARIABLES)}"
    rows = [(f"`{name}`", words) for name, words in sorted(VARIABLES.items())]
    return table(("variable", "meaning"), rows)


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
        section = _section(field)
        if section is None:
            rows.append(
                (f"`{field.encode_name}`", _type(field.type), _default(field), told.get(field.name, ""))
            )
        else:
            below += _sections(section, f"{path}{field.encode_name}{'.NAME' if _many(field) else ''}.")
    title = f"### `[{path.rstrip('.')}]`" if path else "### At the top of the file"
    words = prose(kind.__doc__).partition(": ")[2] if path else ""
    parts = [title, words[:1].upper() + words[1:], table(("key", "type", "default", "meaning"), rows)]
    return ["\n\n".join(part for part in parts if part), *below]


def _section(field: FieldInfo) -> type[Struct] | None:
    """The Struct that a key is, or that the values of a table are."""
    kind: Any = get_args(field.type)[1] if _many(field) else field.type
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _many(field: FieldInfo) -> bool:
    return get_origin(field.type) is dict


def _type(kind: Any) -> str:
    schema, _ = msgspec.json.schema_components([kind])
    return _word(schema[0])


def _word(schema: dict[str, Any]) -> str:
    match schema:
        case {"enum": words}:
            return ", ".join(f"`{json.dumps(word)}`" for word in words)
        case {"anyOf": members}:
            return " or ".join(_word(each) for each in members if each != {"type": "null"})
        case {"type": "array", "items": items}:
            return f"list of {_word(items)}"
        case {"type": "object", "additionalProperties": values}:
            return f"table of {_word(values)}"
        case {"type": "object"}:
            return "table"
    bounds = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
    known = [f"{sign} {schema[key]:,}" for key, sign in bounds if key in schema]
    return ", ".join((str(schema.get("type", "any")), *known))


def _default(field: FieldInfo) -> str:
    value = field.default_factory() if field.default is NODEFAULT else field.default
    return "" if value is None else f"`{json.dumps(value)}`"
