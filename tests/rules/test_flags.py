"""Fields to arguments: every style, and everything that is refused or withheld."""

from typing import Annotated, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from gateway.domain.launch import Installed, Resume
from gateway.domain.request import Flag, Request
from gateway.errors import InvalidRequest
from gateway.rules.flags import Declared, argv, declared, withheld


class Acme(Request, frozen=True, kw_only=True):
    """Ask Acme."""

    plain: str = ""
    value: Annotated[str, Flag("--value")] | UnsetType = UNSET
    number: Annotated[int | UnsetType, Flag("--number"), Meta(description="How many")] = UNSET
    ratio: Annotated[float, Flag("--ratio", "equals")] | UnsetType = UNSET
    equal: Annotated[str | UnsetType, Flag("--equal", "equals")] = UNSET
    equals: Annotated[tuple[str, ...], Flag("--equals", "equals")] = ()
    repeat: Annotated[tuple[str, ...], Flag("--repeat", "repeat")] = ()
    comma: Annotated[tuple[str, ...], Flag("--comma", "comma")] = ()
    document: Annotated[dict[str, Any], Flag("--json", "json")] | UnsetType = UNSET
    switch: Annotated[bool, Flag("--switch")] = False
    new_only: Annotated[bool, Flag("--new-only", new_only=True)] = False
    since: Annotated[bool, Flag("--since", since="2.1.300")] = False
    until: Annotated[bool, Flag("--until", until="3.0.0")] = False
    hidden: Annotated[bool, Flag("--hidden", hidden=True)] = False


NEW = Resume()
NEWEST = Installed()


def words(**fields: Any) -> tuple[str, ...]:
    return argv(Acme(**fields), NEW, NEWEST)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"plain": "never"}, ()),
        ({"value": "v"}, ("--value", "v")),
        ({"value": ""}, ()),
        ({"number": 0}, ("--number", "0")),
        ({"ratio": 0.5}, ("--ratio=0.5",)),
        ({"ratio": 2.0}, ("--ratio=2",)),
        ({"ratio": 1e-7}, ("--ratio=0.0000001",)),
        ({"equal": "-v"}, ("--equal=-v",)),
        ({"equals": ("-a", "b=c")}, ("--equals=-a", "--equals=b=c")),
        ({"repeat": ("a", "b")}, ("--repeat", "a", "--repeat", "b")),
        ({"repeat": ()}, ()),
        ({"comma": ("a", "b")}, ("--comma", "a,b")),
        ({"document": {"a": [1, None]}}, ('--json={"a":[1,null]}',)),
        ({"document": {}}, ()),
        ({"switch": True}, ("--switch",)),
        ({"switch": False}, ()),
    ],
)
def test_a_style_decides_what_a_value_looks_like(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert words(**fields) == expected


def test_arguments_come_in_the_order_of_the_fields() -> None:
    assert words(switch=True, comma=("x",), value="v") == ("--value", "v", "--comma", "x", "--switch")


@pytest.mark.parametrize("style", ["value", "repeat", "comma"])
@given(st.text(st.characters(exclude_characters="\0")))
def test_a_value_that_could_be_read_as_a_flag_is_refused(style: str, text: str) -> None:
    value = f"-{text}" if style == "value" else ("fine", f"-{text}")
    with pytest.raises(InvalidRequest) as refusal:
        words(**{style: value})
    assert str(refusal.value) == (
        f'Invalid {style} value "-{text}": values must not start with "-" (argument injection prevention)'
    )
    assert refusal.value.hint == f"Leave the dash out of {style}."


@given(st.text(), st.lists(st.text(), max_size=3).map(tuple))
def test_no_value_of_any_style_becomes_a_flag_of_its_own(text: str, several: tuple[str, ...]) -> None:
    fields = {"value": text, "equal": text, "repeat": several, "equals": several, "document": {text: text}}
    try:
        produced = words(**fields)
    except InvalidRequest:
        assume(condition=False)
    flags = {word.partition("=")[0] for word in produced if word.startswith("-")}
    assert flags <= {item.flag.name for item in declared(Acme)}


def test_a_comma_inside_a_comma_separated_value_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        words(comma=("a", "b,c"))
    assert str(refusal.value) == (
        'Invalid comma value "b,c": the CLI takes these values as a comma-separated list'
    )


@pytest.mark.parametrize("style", ["value", "equal", "equals", "repeat", "comma"])
def test_a_value_with_a_nul_is_refused_because_no_program_can_be_given_one(style: str) -> None:
    value = "a\0b" if style in ("value", "equal") else ("a\0b",)
    with pytest.raises(InvalidRequest) as refusal:
        words(**{style: value})
    assert str(refusal.value) == f"{style} holds a NUL character."


@pytest.mark.parametrize(
    ("field", "resume", "installed", "reason"),
    [
        ("newOnly", Resume("id", "s"), NEWEST, "the CLI takes --new-only for new sessions only"),
        ("newOnly", Resume("latest"), NEWEST, "the CLI takes --new-only for new sessions only"),
        ("newOnly", Resume("fork", "s"), NEWEST, ""),
        ("newOnly", NEW, NEWEST, ""),
        ("since", NEW, Installed("2.1.299"), "--since needs version 2.1.300, 2.1.299 is installed"),
        ("since", NEW, Installed("2.1.300"), ""),
        ("since", NEW, Installed("2.2"), ""),
        ("since", NEW, NEWEST, ""),
        ("until", NEW, Installed("3.0.0"), "--until is gone since version 3.0.0, 3.0.0 is installed"),
        ("until", NEW, Installed("2.9.9"), ""),
        ("until", NEW, NEWEST, ""),
        (
            "switch",
            NEW,
            Installed("1.0", frozenset({"-p"})),
            "the installed CLI (1.0) does not list --switch",
        ),
        ("switch", NEW, Installed("", frozenset({"-p"})), "the installed CLI does not list --switch"),
        ("switch", NEW, Installed("1.0", frozenset({"--switch"})), ""),
        ("hidden", NEW, Installed("1.0", frozenset({"-p"})), ""),
    ],
)
def test_a_flag_the_cli_would_refuse_is_withheld_with_the_reason(
    field: str, resume: Resume, installed: Installed, reason: str
) -> None:
    item = next(item for item in declared(Acme) if item.wire == field)
    request = Acme(**{item.field: True})
    assert argv(request, resume, installed) == (() if reason else (item.flag.name,))
    assert withheld(request, resume, installed) == (
        (f"{field} was not passed on: {reason}.",) if reason else ()
    )


def test_a_flag_that_was_not_asked_for_is_not_told_as_withheld() -> None:
    assert withheld(Acme(value=""), Resume("id", "s"), Installed("1.0", frozenset({"-p"}))) == ()


def test_declared_flags_carry_both_names_of_their_field() -> None:
    assert declared(Acme)[0] == Declared("value", "value", Flag("--value"))
    assert Declared("new_only", "newOnly", Flag("--new-only", new_only=True)) in declared(Acme)
    assert declared(Request) == ()
