from typing import Annotated, Any, Literal

import click
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from gateway.cli.options import arguments, options, takes_prompt
from gateway.domain.request import Flag, Request


class Asked(Request, kw_only=True):
    """Every kind of field there is."""

    shape: Literal["round", "square"] | UnsetType = UNSET
    pace: Literal["slow", "fast"] = "slow"
    turns: Annotated[int, Meta(ge=1, le=9), Flag("--turns")] | UnsetType = UNSET
    budget: Annotated[float, Meta(gt=0, description="Most to spend")] | UnsetType = UNSET
    loud: bool = False
    safe: bool = True
    full_auto: bool | UnsetType = UNSET
    words: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    schema_or_path: str | dict[str, Any] | UnsetType = UNSET
    quiet: bool = False


class Promptless(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    session_id: str


def asked(*words: str) -> dict[str, Any]:
    """What a command line comes to."""
    taken: dict[str, Any] = {}
    command = click.Command("ask", params=[*options(Asked)], callback=lambda **given: taken.update(given))
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return arguments(Asked, taken)


def option(name: str) -> click.Option:
    return next(each for each in options(Asked) if name in each.opts)


def test_every_field_but_the_prompt_is_an_option() -> None:
    fields = [field.name for field in msgspec.structs.fields(Asked) if field.name != "prompt"]
    assert [each.name for each in options(Asked)] == [*fields[:-1], "request_quiet"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (["--shape", "round"], {"shape": "round"}),
        (["--turns", "3"], {"turns": 3}),
        (["--budget", "0.5"], {"budget": 0.5}),
        (["--loud"], {"loud": True}),
        (["--no-safe"], {"safe": False}),
        (["--no-full-auto"], {"fullAuto": False}),
        (["--full-auto"], {"fullAuto": True}),
        (["--words", "a", "--words", "-b"], {"words": ("a", "-b")}),
        (["--sizes", "1", "--sizes", "2"], {"sizes": (1, 2)}),
        (["--settings", '{"a": [1]}'], {"settings": {"a": [1]}}),
        (["--schema-or-path", "a/b.json"], {"schemaOrPath": "a/b.json"}),
        (["--schema-or-path", '{"type": "object"}'], {"schemaOrPath": {"type": "object"}}),
        (["--prompt-parts", '{"task": "t"}'], {"promptParts": {"task": "t"}}),
        (["--request-quiet"], {"quiet": True}),
        (["--working-dir", "x", "--timeout-ms", "5000"], {"workingDir": "x", "timeoutMs": 5000}),
    ],
)
def test_words_become_arguments_by_their_wire_names(words: list[str], expected: dict[str, Any]) -> None:
    assert asked(*words) == expected


@pytest.mark.parametrize(
    "words",
    [
        ["--shape", "oval"],
        ["--turns", "0"],
        ["--turns", "x"],
        ["--budget", "0"],
        ["--settings", "{"],
        ["--no-loud"],
    ],
)
def test_a_wrong_value_is_a_usage_error(words: list[str]) -> None:
    command = click.Command("ask", params=[*options(Asked)], callback=lambda **_: None)
    assert CliRunner().invoke(command, words).exit_code == 2


def test_the_description_is_the_help() -> None:
    assert option("--budget").help == "Most to spend"


def test_the_help_tells_the_default() -> None:
    assert option("--pace").help == "[default: slow]"


def test_a_field_without_default_is_required() -> None:
    assert [each.required for each in options(Promptless)] == [True]


def test_a_request_without_prompt_takes_none() -> None:
    assert [takes_prompt(Asked), takes_prompt(Promptless)] == [True, False]


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()))
def test_json_arrives_as_it_was_written(settings: dict[str, Any]) -> None:
    found = option("--settings").type.convert(msgspec.json.encode(settings).decode(), None, None)
    assert found == settings
