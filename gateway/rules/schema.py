"""A Struct as the JSON Schema of a tool's arguments."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct


def json_schema(kind: type[Struct], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The schema with ``type: object`` at its root, as MCP wants it; msgspec's own root is a ``$ref``.

    Titles, docstrings, empty defaults and ``minLength: 1`` are left out: they cost tokens and tell a model nothing.
    """
    components = msgspec.json.decode(_components(kind))
    root: dict[str, Any] = components.pop(kind.__name__)
    for name in without:
        root["properties"].pop(name, None)
    for schema in (root, *components.values()):
        _trim(schema)
    if components and "$ref" in str(root):
        root["$defs"] = components
    return root


@cache
def _components(kind: type[Struct]) -> bytes:
    """What msgspec tells of a Struct, and takes milliseconds to find out. Bytes, for callers change what they get."""
    return msgspec.json.encode(msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")[1])


def undescribed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool whose parameters are described at another one."""
    properties = {
        name: {key: value for key, value in field.items() if key != "description"}
        for name, field in schema["properties"].items()
    }
    return schema | {"properties": properties}


def _trim(schema: dict[str, Any]) -> None:
    schema.pop("title", None)
    schema.pop("description", None)
    if not schema.get("required"):
        schema.pop("required", None)
    for field in schema.get("properties", {}).values():
        if not field.get("default", True):
            del field["default"]
        if field.get("minLength") == 1:
            del field["minLength"]
