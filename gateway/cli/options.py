"""From a request type to command-line options and back. The tool's JSON schema says what each field takes."""

from collections.abc import Mapping
from typing import Any

import click
import msgspec
from msgspec.structs import FieldInfo

from gateway.domain.request import Request
from gateway.rules.schema import json_schema

PROMPT = "prompt"
"""The field that is an argument and no option."""
OWN = frozenset({"json", "quiet", "help"})
"""Options of the command itself; a field of that name becomes ``--request-NAME``."""

Schema = dict[str, Any]


class Json(click.ParamType[Any]):
    """A value that is written as JSON; where the field takes a string too, other words are just that."""

    name = "json"

    def __init__(self, *, or_text: bool = False) -> None:
        self._or_text = or_text

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if self._or_text and not value.lstrip().startswith(("{", "[", '"')):
            return value
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            self.fail(f"{value!r} is not valid JSON: {error}", param, ctx)


def takes_prompt(kind: type[Request]) -> bool:
    return PROMPT in {field.name for field in msgspec.structs.fields(kind)}


def options(kind: type[Request]) -> list[click.Option]:
    """An option for each field but the prompt, in the order of the fields."""
    schema = json_schema(kind)
    return [
        _option(field, schema["properties"][field.encode_name])
        for field in msgspec.structs.fields(kind)
        if field.name != PROMPT
    ]


def arguments(kind: type[Request], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given on the command line, by the names on the wire."""
    values = {field.encode_name: given.get(_word(field)) for field in msgspec.structs.fields(kind)}
    return {name: value for name, value in values.items() if value is not None and value != ()}


def _word(field: FieldInfo) -> str:
    return f"request_{field.name}" if field.name in OWN else field.name


def _option(field: FieldInfo, schema: Schema) -> click.Option:
    word = _word(field)
    flag = f"--{word.replace('_', '-')}"
    text = _help(schema)
    if schema.get("type") == "boolean":
        switch = flag if field.default is False else f"{flag}/--no-{flag[2:]}"
        return click.Option([switch, word], is_flag=True, default=None, help=text)
    many = schema.get("type") == "array"
    return click.Option(
        [flag, word],
        type=_kind(schema["items"] if many else schema),
        multiple=many,
        required=field.required,
        help=text,
    )


def _help(schema: Schema) -> str:
    parts = (
        schema.get("description", ""),
        "(repeatable)" if schema.get("type") == "array" else "",
        f"[default: {schema['default']}]" if "default" in schema else "",
    )
    return " ".join(part for part in parts if part)


def _kind(schema: Schema) -> click.ParamType[Any]:
    """How one value is read."""
    words = schema.get("enum", ())
    if words and all(isinstance(word, str) for word in words):
        return click.Choice(words)
    low, high = schema.get("minimum"), schema.get("maximum")
    match schema.get("type"):
        case "string":
            return click.STRING
        case "integer":
            return click.IntRange(low, high)
        case "number":
            above = schema.get("exclusiveMinimum")
            return click.FloatRange(low if above is None else above, high, min_open=above is not None)
    return Json(or_text=any(each.get("type") == "string" for each in schema.get("anyOf", ())))
