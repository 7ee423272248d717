"""The request type of a declared provider: the shared parameters, and those of its file."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.domain.request import Flag, Request
from gateway.errors import ConfigError
from gateway.plugin.declaration import Declaration, Parameter

POSTURE = "autonomy"
REPLACEABLE = {"model"}
"""Shared parameters that a file may make flags."""
TYPES: dict[str, Any] = {"text": str, "number": float, "switch": bool, "list": tuple[str, ...]}
NOTHING: dict[str, Any] = {"switch": False, "list": ()}
"""What a parameter is that nobody gives; UNSET for the types that are not here."""

Field = tuple[str, Any, Any]


def request_type(said: Declaration, name: str, file: str) -> type[Request]:
    """The type of a provider's requests. ConfigError: a parameter has a name that is taken."""
    shared = {field.name for field in msgspec.structs.fields(Request)} - REPLACEABLE | {POSTURE}
    if taken := sorted(shared & said.parameters.keys()):
        raise ConfigError(
            f"{file}, key `parameters.{taken[0]}`: every provider has a parameter of this name.",
            hint="Give it another name.",
        )
    fields = [_field(each, parameter) for each, parameter in said.parameters.items()]
    made: Any = msgspec.defstruct(
        f"{name.title().replace('_', '')}Request",
        [*fields, *_posture(said)],
        bases=(Request,),
        namespace={"__doc__": said.description or f"Ask {said.title or name}."},
        frozen=True,
        kw_only=True,
    )
    kind: type[Request] = made
    return kind


def _posture(said: Declaration) -> list[Field]:
    """The parameter that says what a run may do, where there is a choice."""
    known = said.postures
    told = Meta(description="What it may do without asking")
    return [(POSTURE, Annotated[_one_of(known), told], known[0])] if len(known) > 1 else []


def _field(name: str, parameter: Parameter) -> Field:
    """The field of a request that is a parameter of the file."""
    kind: Any = _one_of(parameter.choices) if parameter.choices else TYPES[parameter.type]
    if parameter.choices and parameter.type == "list":
        kind = _many(kind)
    default = NOTHING.get(parameter.type, UNSET)
    extras: list[Any] = [_flag(parameter)]
    if parameter.description:
        extras.append(Meta(description=parameter.description))
    return name, Annotated[kind | UnsetType if default is UNSET else kind, *extras], default


def _flag(parameter: Parameter) -> Flag:
    style = parameter.style or ("repeat" if parameter.type == "list" else "value")
    told = {name: getattr(parameter, name) for name in ("new_only", "since", "until", "hidden")}
    return Flag(parameter.flag, style, **told)


def _one_of(words: tuple[str, ...]) -> Any:
    literal: Any = Literal
    return literal[words]


def _many(kind: Any) -> Any:
    several: Any = tuple
    return several[kind, ...]
