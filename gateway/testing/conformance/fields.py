"""The fields of a request, for trying values on all of them."""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from gateway.domain.request import HostPath, Request
from gateway.rules.flags import annotated

PROMPTS = ("prompt", "promptParts")


def closed(kind: type[Request]) -> Iterator[dict[str, Any]]:
    """For each value that a switch or a list of words allows, the one argument that sets it."""
    for name, types in _fields(kind):
        for each in types:
            if isinstance(each, inspect.BoolType):
                yield {name: True}
            elif isinstance(each, inspect.LiteralType):
                yield from ({name: value} for value in each.values)


def free(kind: type[Request], text: str) -> Iterator[dict[str, Any]]:
    """For each field that takes free text, the one argument that puts this text there, in each way it can be."""
    paths = {wire for _, wire, _ in annotated(kind, HostPath)}
    for name, types in _fields(kind):
        # The core makes such a path absolute before the plugin sees it.
        value = f"/{text}" if name in paths else text
        for each in types:
            if name not in PROMPTS:
                yield from ({name: shape} for shape in _shapes(each, value))


def _shapes(kind: inspect.Type, text: str) -> Iterator[Any]:
    match kind:
        case inspect.StrType():
            yield text
        case inspect.VarTupleType() | inspect.ListType():
            yield [text]
            yield ["plain", text]
        case inspect.DictType():
            yield {text: "plain"}
            yield {"plain": text}
            yield {"plain": {"description": text, "prompt": text}}
            yield {text: {"description": "plain", "prompt": "plain"}}


def _fields(kind: type[Request]) -> Iterator[tuple[str, list[inspect.Type]]]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    for field in described.fields:
        yield field.encode_name, list(_members(field.type))


def _members(kind: inspect.Type) -> Iterator[inspect.Type]:
    """A type without its annotations, or each member of a union."""
    match kind:
        case inspect.Metadata():
            yield from _members(kind.type)
        case inspect.UnionType():
            for member in kind.types:
                yield from _members(member)
        case _:
            yield kind
