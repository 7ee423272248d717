"""Which model a caller means."""

import pytest
from msgspec import UNSET

from gateway.domain.provider import Catalog
from gateway.domain.request import Request
from gateway.rules.models import misread, overlaid, with_model

CATALOG = Catalog(models={"large-1": "Big"}, aliases={"big": "large-1"}, default="large-1")


@pytest.mark.parametrize("asked", [UNSET, "", "  ", "default", "latest", "Latest", " DEFAULT "])
def test_the_cli_chooses_where_nobody_asked_for_a_model(asked: object) -> None:
    assert with_model(Request(model=asked), CATALOG) == Request()


@pytest.mark.parametrize(
    ("asked", "model"),
    [("big", "large-1"), (" Big ", "large-1"), ("large-1", "large-1"), ("newer-2", "newer-2")],
)
def test_an_alias_is_resolved_and_an_unknown_name_is_passed_on(asked: str, model: str) -> None:
    assert with_model(Request(model=asked), CATALOG) == Request(model=model)


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("one, two=The second\nthree", {"one": "", "two": "The second", "three": ""}),
        ('["one", {"id": "two", "desc": "The second"}, {"model": "three"}]', {"one": "", "two": "The second", "three": ""}),
        ('{"one": "The first"}', {"one": "The first"}),
        ("", {}),
    ],
)  # fmt: skip
def test_models_are_read_from_a_list_or_from_json(text: str, models: dict[str, str]) -> None:
    known = overlaid(Catalog(), "acme", {"ACME_MODELS": text})
    assert (known.models, misread("acme", {"ACME_MODELS": text})) == (models, [])


def test_aliases_and_the_default_come_from_the_environment() -> None:
    environ = {
        "ACME_DEFAULT_MODEL": " large-2 ",
        "LLM_GATEWAY_MODEL_ALIASES": '{"acme.best": "large-2", "acme.quick": "no", "other.best": "x"}',
        "ACME_MODEL_ALIASES": "Quick=small-1",
    }
    known = overlaid(CATALOG, "acme", environ)
    assert (known.default, known.source) == ("large-2", "env")
    assert known.aliases == {"big": "large-1", "best": "large-2", "quick": "small-1"}


def test_what_cannot_be_read_is_told_and_the_rest_counts() -> None:
    environ = {
        "ACME_MODELS": "{no json",
        "ACME_MODEL_ALIASES": "a b=c, d=e",
        "LLM_GATEWAY_MODEL_ALIASES": "[1]",
    }
    assert overlaid(Catalog(), "acme", environ) == Catalog(aliases={"d": "e"})
    assert misread("acme", environ) == [
        "ACME_MODELS: JSON is malformed: object keys must be strings (byte 1). All of it is ignored.",
        "ACME_MODEL_ALIASES: 'a b' is no name and is ignored.",
        "LLM_GATEWAY_MODEL_ALIASES: Expected `str | object`, got `int` - at `$[0]`. All of it is ignored.",
    ]
