"""The JSON schema of what ``gateway doctor --json`` prints: every key is always there, and no other."""

import json
from typing import Any

import msgspec

from gateway.cli.doctor_report import Report


def schema() -> str:
    """The schema as a file."""
    _, components = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    root = _strict(components.pop("Report"))
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "$defs": {name: _strict(each) for name, each in sorted(components.items())},
    }
    return json.dumps(whole, indent=2) + "\n"


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "object" and "properties" in schema:
        schema |= {"required": sorted(schema["properties"]), "additionalProperties": False}
    for field in schema.get("properties", {}).values():
        field.pop("default", None)
    return schema
