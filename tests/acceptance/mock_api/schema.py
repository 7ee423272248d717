"""Values that satisfy a JSON schema."""

from typing import Any

SCALARS: dict[str | None, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
CHOICES = ("anyOf", "oneOf", "allOf")


def example(schema: dict[str, Any]) -> Any:
    """A small value that satisfies the schema, as far as a test needs it."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in CHOICES:
        if choice in schema:
            return example(schema[choice][0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    match str(kind).lower():
        case "object":
            return {name: example(inner) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [example(schema.get("items", {}))]
        case scalar:
            return SCALARS.get(scalar, "pong")
