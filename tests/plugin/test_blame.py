"""Whose fault an exception is."""

from collections.abc import Callable

import pytest

from gateway.errors import InvalidRequest, PluginError
from gateway.plugin.blame import Blame


def test_whatever_a_plugin_raises_names_the_plugin_and_the_hook() -> None:
    cause = KeyError("model")
    with pytest.raises(PluginError) as failure, Blame("acme", "gateway_launch"):
        raise cause
    assert str(failure.value).startswith(
        f"The plugin 'acme' failed in gateway_launch: KeyError: 'model' ({__file__}:"
    )
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


def raising(module: str, source: str) -> Callable[[], object]:
    """A function of another module, as it is in a file of this name."""
    space = {"__name__": module, "raised": KeyError("x")}
    exec(compile(source, f"/site/{module}.py", "exec"), space)
    return space["hook"]


POLICY = "def hook():\n    raise raised\n"


def test_the_plugin_that_raised_is_blamed_and_not_the_provider_that_was_asked() -> None:
    hook = raising("policy.hooks", POLICY)
    with pytest.raises(PluginError) as failure, Blame("acme", "gateway_admit", {"policy": "house-rules"}):
        hook()
    assert failure.value.plugin == "house-rules"
    assert str(failure.value).endswith("KeyError: 'x' (/site/policy.hooks.py:2)")


def test_the_place_of_a_syntax_error_is_told_once() -> None:
    with pytest.raises(PluginError) as failure, Blame("acme", "loading acme"):
        compile("x = 1\ndef hook(:\n", "/site/acme.py", "exec")
    assert str(failure.value) == (
        "The plugin 'acme' failed in loading acme: SyntaxError: invalid syntax (/site/acme.py:2)"
    )


def test_a_syntax_error_that_knows_no_file_is_told_as_it_is() -> None:
    with pytest.raises(PluginError, match="SyntaxError: no nulls"), Blame("acme", "loading acme"):
        raise SyntaxError("no nulls")


def test_a_text_that_a_plugin_cannot_read_is_told_with_the_place_that_reads_it() -> None:
    hook = raising("policy", "import ast\n\ndef hook():\n    ast.parse('(')\n")
    with pytest.raises(PluginError, match=r"\(/site/policy\.py:4\)$"), Blame("acme", "gateway_decode"):
        hook()


def test_what_the_standard_library_raised_is_laid_at_the_door_of_who_called_it() -> None:
    hook = raising("policy", "import json\n\ndef hook():\n    json.loads('{')\n")
    with pytest.raises(PluginError, match=r"\(/site/policy\.py:4\)$"), Blame("acme", "gateway_decode"):
        hook()
