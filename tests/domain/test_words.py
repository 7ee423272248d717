"""Rules that hold for every word of the domain."""

import pkgutil
from importlib import import_module
from typing import get_args

import msgspec
import pytest

import gateway.domain
from gateway.domain import events

MODULES = [
    import_module(f"gateway.domain.{module.name}") for module in pkgutil.iter_modules(gateway.domain.__path__)
]
WORDS = [
    word
    for module in MODULES
    for word in vars(module).values()
    if isinstance(word, type) and issubclass(word, msgspec.Struct) and word.__module__ == module.__name__
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.__name__)
def test_every_word_is_frozen_and_explained(word: type[msgspec.Struct]) -> None:
    assert word.__struct_config__.frozen
    assert word.__doc__


def test_the_union_of_events_leaves_none_out() -> None:
    assert set(get_args(events.Event)) == {word for word in WORDS if word.__module__ == events.__name__}
