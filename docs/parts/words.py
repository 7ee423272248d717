"""The names of the front door: Structs, types, functions, errors."""

import inspect
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, UNSET, Meta, Struct
from msgspec.structs import FieldInfo

import gateway
from gateway.domain.outcome import ENDINGS, REMEDIES
from parts.source import code, notes, prose, signature, table, types

ORDER = (
    "provider",
    "request",
    "launch",
    "events",
    "outcome",
    "probes",
    "approvals",
    "sessions",
    "jobs",
    "flights",
)
CONSTANTS = {
    "hookimpl": "Marks a function as the implementation of the hook of its name.",
    "API_VERSION": f"The version of the hooks and of these words: {gateway.API_VERSION}. A plugin may state `gateway_api = 1`.",
    "BEARER_VARIABLE": f"The environment variable with the token of our HTTP server: `{gateway.BEARER_VARIABLE}`.",
    "ENDINGS": "All endings, as a tuple of strings: see below.",
}


def words() -> str:
    """A section for each name, by the room it comes from."""
    homes = sorted(gateway._HOMES.items(), key=_rank)  # noqa: SLF001 - the front door's own table
    return "\n\n".join(_word(name) for _, names in homes for name in names.split())


def _rank(home: tuple[str, str]) -> int:
    room = home[0].removeprefix("domain.")
    return ORDER.index(room) if room in ORDER else len(ORDER)


def endings() -> str:
    return table(
        ("ending", "what is told to do about it"), [(f"`{each}`", REMEDIES[each]) for each in ENDINGS]
    )


def _word(name: str) -> str:
    value: Any = getattr(gateway, name)
    return "\n\n".join((f"#### `{name}`", *_told(name, value)))


def _told(name: str, value: Any) -> list[str]:
    if name in CONSTANTS:
        return [CONSTANTS[name]]
    if inspect.isclass(value) and issubclass(value, Struct):
        return [prose(value.__doc__), *_fields(value)]
    if inspect.isclass(value):
        return [f"An exception, below `{value.__mro__[1].__name__}`. {prose(value.__doc__)}"]
    if inspect.isfunction(value):
        return [code(signature(value), "pyi"), prose(value.__doc__)]
    if get_origin(value) is not None and "Mapping" in str(value):
        return ["`Mapping[Probe, Reading]`: what was seen, by the question that was asked."]
    members = [each if isinstance(each, str) else each.__name__ for each in get_args(value)]
    return ["One of " + ", ".join(f"`{member}`" for member in members) + "."]


def _fields(kind: type[Struct]) -> list[str]:
    notes_, types_ = _inherited(kind)
    rows = [
        (f"`{field.name}`", f"`{types_[field.name]}`", _default(field), notes_.get(field.name, _meta(field)))
        for field in msgspec.structs.fields(kind)
    ]
    return [table(("field", "type", "default", "meaning"), rows)] if rows else []


def _inherited(kind: type[Struct]) -> tuple[dict[str, str], dict[str, str]]:
    """Notes and types of a class and of those it is made from."""
    homes = [each for each in reversed(kind.__mro__) if issubclass(each, Struct) and each is not Struct]
    told: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for home in homes:
        told[0].update(notes(home))
        told[1].update(types(home))
    return told


def _meta(field: FieldInfo) -> str:
    """The description in the field's annotation."""
    extras = (*getattr(field.type, "__metadata__", ()), *_extras(field.type))
    return next((extra.description for extra in extras if isinstance(extra, Meta) and extra.description), "")


def _extras(kind: Any) -> list[Any]:
    return [extra for member in get_args(kind) for extra in getattr(member, "__metadata__", ())]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is NODEFAULT and field.default_factory is not NODEFAULT:
        value = field.default_factory()
    if value is NODEFAULT:
        return "required"
    if isinstance(value, Struct) and not msgspec.structs.fields(value)[0].required and value == type(value)():
        return f"`{type(value).__name__}()`"
    return "" if value is UNSET else f"`{value!r}`"
