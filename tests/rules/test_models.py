"""Which model a caller means."""

import pytest
from msgspec import UNSET

from gateway.domain.provider import Catalog
from gateway.domain.request import Request
from gateway.rules.models import with_model

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
