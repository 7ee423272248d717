"""A value that somebody else has built is looked at, field by field."""

from typing import Any

import pytest

from gateway.domain.probes import Command
from gateway.domain.provider import Capabilities, Client, Price, ProviderInfo
from gateway.domain.request import Request
from gateway.rules.shapes import misfits

FITTING: list[dict[str, Any]] = [
    {},
    {"env": ["X_*"], "idle_timeout": 5, "formats": {"text": "lines"}},
    {"capabilities": Capabilities(resume={"new", "id"}), "client": Client(call_limit=1)},
]
OTHER: dict[str, dict[str, Any]] = {
    "env is 'X_*', which is no tuple[str, ...]": {"env": "X_*"},
    "title is 3, which is no str": {"title": 3},
    "prompt_limit is '1', which is no int": {"prompt_limit": "1"},
    "request is <class 'dict'>, which is no type[Request]": {"request": dict},
    "capabilities is None, which is no Capabilities": {"capabilities": None},
    "client is 'x', which is no Client | None": {"client": "x"},
    "help is (('a',),), which is no tuple[Command, ...]": {"help": (("a",),)},
    "help.args is 'a', which is no tuple[str, ...]": {"help": (Command("a"),)},
    "prices.input_usd is '3', which is no float": {
        "prices": (Price(models="*", input_usd="3", output_usd=1),)
    },
    "formats is {'text': 'no'}, which is no Mapping[str, Literal['answer', 'lines', 'document']]": {
        "formats": {"text": "no"}
    },
    "capabilities.resume is {'no'}, which is no frozenset[Literal['new', 'latest', 'id', 'fork']]": {
        "capabilities": Capabilities(resume={"no"})
    },
}


def info(**changed: Any) -> ProviderInfo:
    return ProviderInfo(
        **{"name": "acme", "title": "Acme", "executable": "acme", "request": Request} | changed
    )


@pytest.mark.parametrize("changed", FITTING)
def test_what_is_of_its_types_is_let_be(changed: dict[str, Any]) -> None:
    assert list(misfits(info(**changed))) == []


def test_each_field_that_holds_something_else_is_named() -> None:
    told = {words: list(misfits(info(**changed))) for words, changed in OTHER.items()}
    assert told == {words: [words] for words in OTHER}
