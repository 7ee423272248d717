"""The keys as a tree: which tables there are, which keys stand in them, and what each of them takes."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.inspect import Metadata, type_info
from msgspec.structs import FieldInfo

Path = tuple[str, ...]


def many(field: FieldInfo) -> bool:
    """Whether the key is a table for each name."""
    return get_origin(field.type) is dict


def section(field: FieldInfo) -> type[Struct] | None:
    """The Struct that a key is, or that the tables of each name are; None: the key has a value."""
    kind: Any = get_args(field.type)[1] if many(field) else field.type
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def fields(kind: type[Struct]) -> dict[str, FieldInfo]:
    """The keys of a table by the names that they have in the file."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def find(kind: type[Struct], path: Path) -> FieldInfo:
    """The field of a key that exists."""
    field = fields(kind)[path[0]]
    below = section(field)
    return field if below is None else find(below, path[1:])


def leaves(kind: type[Struct], table: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Every key that has a value, with the names that ``table`` has where a table is one for each name."""
    for name, field in fields(kind).items():
        below, here = section(field), (*path, name)
        if below is None:
            yield here, field
            continue
        inside = table.get(name, {})
        for each in inside if many(field) else ("",):
            rest = (inside[each], (*here, each)) if each else (inside, here)
            yield from leaves(below, *rest)


def secret(field: FieldInfo) -> bool:
    """Whether the values of a key are not to be shown."""
    told = type_info(field.type)
    return isinstance(told, Metadata) and bool((told.extra or {}).get("secret"))


def dotted(path: Path) -> str:
    """A path as one writes it in a file."""
    return ".".join(
        name if name.isascii() and name.replace("-", "_").isidentifier() else _json(name) for name in path
    )


def expected(kind: Any) -> str:
    """What a value of the type looks like, in words."""
    (schema,), _ = msgspec.json.schema_components([kind])
    return _words(schema)


def _words(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"enum": words}:
            return ", ".join(f"`{_json(word)}`" for word in words)
        case {"anyOf": members}:
            return " or ".join(_words(each) for each in members if each != {"type": "null"})
        case {"type": "array", "items": items}:
            return f"list of {_words(items)}"
        case {"type": "object", "additionalProperties": values}:
            return f"table of {_words(values)}"
        case {"type": "object"}:
            return "table"
    bounds = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
    known = [f"{sign} {schema[key]:,}" for key, sign in bounds if key in schema]
    return ", ".join((str(schema.get("type", "any")), *known))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
