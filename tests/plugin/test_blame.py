"""Whose fault an exception is."""

import pytest

from gateway.errors import InvalidRequest, PluginError
from gateway.plugin.blame import Blame


def test_whatever_a_plugin_raises_names_the_plugin_and_the_hook() -> None:
    cause = KeyError("model")
    with pytest.raises(PluginError) as failure, Blame("acme", "gateway_launch"):
        raise cause
    assert str(failure.value) == "The plugin 'acme' failed in gateway_launch: KeyError: 'model'"
    assert (failure.value.plugin, failure.value.where) == ("acme", "gateway_launch")
    assert failure.value.__cause__ is cause


def test_an_error_of_ours_passes_as_it_is() -> None:
    refusal = InvalidRequest("no")
    with pytest.raises(InvalidRequest) as passed, Blame("acme", "gateway_launch"):
        raise refusal
    assert passed.value is refusal


def test_an_interrupt_is_nobodys_fault() -> None:
    with pytest.raises(KeyboardInterrupt), Blame("acme", "gateway_launch"):
        raise KeyboardInterrupt
