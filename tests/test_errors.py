"""Every error has a code for machines, a hint for people and a place in the tree."""

import pytest

from gateway import errors
from gateway.domain.outcome import ENDINGS
from gateway.errors import GatewayError, InvalidRequest, PluginError

TREE = {
    "InvalidRequest": ("GatewayError", "input_invalid"),
    "NotFound": ("InvalidRequest", "input_invalid"),
    "Refused": ("InvalidRequest", "permission_denied"),
    "Denied": ("Refused", "permission_denied"),
    "TooLarge": ("InvalidRequest", "input_too_large"),
    "ProviderUnavailable": ("GatewayError", "cli_missing"),
    "Busy": ("GatewayError", "provider_error"),
    "ConfigError": ("GatewayError", "input_invalid"),
    "PluginError": ("GatewayError", "provider_error"),
    "StoreError": ("GatewayError", "provider_error"),
}
CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type)]


def test_the_tree_is_the_one_in_the_docstring() -> None:
    assert {
        kind.__name__: (kind.__base__.__name__, kind.code) for kind in CLASSES if kind is not GatewayError
    } == TREE
    drawn = errors.__doc__ or ""
    assert [name for name in TREE if name not in drawn] == []


@pytest.mark.parametrize("kind", CLASSES)
def test_every_code_is_an_ending(kind: type[GatewayError]) -> None:
    assert kind.code in ENDINGS


def test_an_error_is_its_message_and_carries_its_hint() -> None:
    error = InvalidRequest("It is wrong.", hint="Correct it.")
    assert (str(error), error.hint, InvalidRequest("x").hint) == ("It is wrong.", "Correct it.", "")


def test_a_plugin_error_names_the_plugin_and_the_hook() -> None:
    error = PluginError("acme", "gateway_launch", "it returned int")
    assert str(error) == "The plugin 'acme' failed in gateway_launch: it returned int"
    assert (error.plugin, error.where) == ("acme", "gateway_launch")
    assert "'acme'" in error.hint
