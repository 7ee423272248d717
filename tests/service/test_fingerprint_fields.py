"""Whatever field of whatever provider's request is changed, it is another request."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from gateway.domain.request import Request
from gateway.errors import GatewayError
from gateway.plugin.discovery import entry_points
from gateway.plugin.manager import Plugins, load
from gateway.rules.fingerprint import INDIFFERENT, fingerprint

ROOT = Path(__file__).parents[2]
THE_REST: dict[str, Any] = {
    "prompt": "hi", "directory": "/work", "principal": "local", "autonomy": None, "servers": (), "environ": {},
    "files": {},
}  # fmt: skip


def everything() -> Plugins:
    """The plugins of this repository, those installed from elsewhere, and echo."""
    here = [path.parent for path in ROOT.glob("plugins/*/gateway_plugin_*/__init__.py")]
    sys.path += [str(path.parent) for path in here if str(path.parent) not in sys.path]
    names = {path.name for path in here} | set(entry_points().values())
    return load(["gateway.testing.echo", *sorted(names)])


KINDS = {
    tool.name: tool.request
    for provider in everything().providers.values()
    for tool in provider.info.offered()
}


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type, within its bounds."""
    match kind:
        case inspect.Metadata():
            return values(kind.type)
        case inspect.UnionType():
            return st.one_of(*(values(each) for each in kind.types))
        case inspect.StructType():
            return st.fixed_dictionaries({each.encode_name: values(each.type) for each in kind.fields})
        case inspect.VarTupleType() | inspect.ListType():
            return st.lists(values(kind.item_type), min_size=1, max_size=2)
        case inspect.DictType(value_type=inspect.AnyType()):
            return st.sampled_from([{"type": "object"}, {"description": "what", "prompt": "how"}])
        case inspect.DictType():
            return st.dictionaries(
                st.text("abc", min_size=1), values(kind.value_type), min_size=1, max_size=2
            )
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(_bound(kind.ge, kind.gt, 0), _bound(kind.le, kind.lt, 10**6))
        case inspect.FloatType():
            return st.floats(0.5, 1000.0)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern)
        case inspect.StrType():
            return st.text("abcdef-", min_size=max(1, kind.min_length or 0), max_size=12)
        case inspect.NoneType():
            return st.none()
    return st.sampled_from([{"type": "object"}, "word", 7, True])


def _bound(inclusive: int | None, exclusive: int | None, otherwise: int) -> int:
    return next((bound for bound in (inclusive, exclusive) if bound is not None), otherwise)


def made(kind: type[Request], **arguments: Any) -> Request | None:
    """A request with these arguments; None: it refuses them."""
    try:
        return msgspec.convert(arguments, kind)
    except (msgspec.ValidationError, GatewayError):
        return None


@pytest.mark.parametrize("tool", KINDS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_changed_field_is_another_request(tool: str, data: st.DataObject) -> None:
    kind = KINDS[tool]
    plain = made(kind)
    for field in msgspec.structs.fields(kind):
        value = data.draw(values(inspect.type_info(field.type)), field.name)
        changed = made(kind, **{field.encode_name: value})
        if plain is None or changed is None:
            continue
        same = getattr(plain, field.name) == getattr(changed, field.name)
        prints = {fingerprint(request, tool=tool, **THE_REST) for request in (plain, changed)}
        assert len(prints) == (1 if same or field.name in INDIFFERENT else 2), field.name


@pytest.mark.parametrize("tool", KINDS)
def test_every_field_can_be_changed_by_itself(tool: str) -> None:
    """What no value can be found for would be checked by nobody."""
    fields = msgspec.structs.fields(KINDS[tool])
    assert [field.name for field in fields if not _changeable(KINDS[tool], field)] == []


def _changeable(kind: type[Request], field: Any) -> bool:
    found: list[bool] = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True)
    @given(values(inspect.type_info(field.type)))
    def tried(value: Any) -> None:
        request = made(kind, **{field.encode_name: value})
        found.append(request is not None and getattr(request, field.name) != getattr(made(kind), field.name))

    tried()
    return any(found)


@pytest.mark.parametrize("tool", ["echo_request", "echo_other"])
def test_the_tool_is_part_of_what_is_asked(tool: str) -> None:
    request = Request()
    assert (
        fingerprint(request, tool=tool, **THE_REST) == fingerprint(request, tool="echo_request", **THE_REST)
    ) == (tool == "echo_request")
