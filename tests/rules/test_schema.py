"""A Struct as the JSON Schema of a tool."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.request import Flag, Request
from gateway.rules.schema import json_schema


class Inner(Struct, kw_only=True):
    """Something inside."""

    name: str


class Asked(Struct, kw_only=True, rename="camel"):
    """Ask for it."""

    job_id: Annotated[str, Meta(min_length=1, pattern="^j", description="Which job")]
    most: Annotated[int, Flag("--most"), Meta(ge=1, le=9)] = 5
    level: Literal["low", "high"] | UnsetType = UNSET
    maybe: str | None = None
    switch: bool = False
    names: tuple[str, ...] = ()


class Nested(Struct):
    """Holds another."""

    inner: Inner | UnsetType = UNSET


def test_the_root_is_an_object_with_every_constraint_of_its_fields() -> None:
    assert json_schema(Asked) == {
        "type": "object",
        "properties": {
            "jobId": {"type": "string", "pattern": "^j", "description": "Which job"},
            "most": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
            "level": {"enum": ["high", "low"]},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "switch": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["jobId"],
    }


def test_a_nested_struct_is_referred_to_and_defined_beside_the_root() -> None:
    assert json_schema(Nested) == {
        "type": "object",
        "properties": {"inner": {"$ref": "#/$defs/Inner"}},
        "$defs": {
            "Inner": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
            }
        },
    }


def test_fields_can_be_left_out_with_what_only_they_referred_to() -> None:
    assert json_schema(Nested, without=("inner",)) == {"type": "object", "properties": {}}


def test_a_request_needs_nothing_and_says_what_it_takes() -> None:
    schema = json_schema(Request)
    assert (schema["type"], "required" in schema) == ("object", False)
    assert schema["properties"]["timeoutMs"] == {
        "type": "integer",
        "minimum": 1000,
        "maximum": 86400000,
        "description": "Wall-clock limit",
    }
    assert schema["$defs"].keys() == {"PromptParts"}


def test_no_title_docstring_or_empty_default_costs_a_token() -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for each in value.values() for key in keys(each)}
        return {key for each in value for key in keys(each)} if isinstance(value, list) else set()

    assert "title" not in keys(json_schema(Request))
    assert "description" not in json_schema(Request)["$defs"]["PromptParts"]
    assert json_schema(Request)["properties"]["forceRefresh"].keys() == {"type", "description"}
