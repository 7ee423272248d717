"""A caller's arguments: lenient where nothing is lost, exact where something would be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.request import PromptParts, Request
from gateway.errors import InvalidRequest
from gateway.rules.arguments import accept


def test_known_arguments_become_the_request() -> None:
    arguments = {"prompt": "hi", "resumeLatest": True, "mcpServers": ["a"]}
    assert accept(arguments, Request) == (Request(prompt="hi", resume_latest=True, mcp_servers=("a",)), ())


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("promt", "There is no parameter 'promt'; it was ignored. Did you mean 'prompt'?"),
        ("session_id", "There is no parameter 'session_id'; it was ignored. Did you mean 'sessionId'?"),
        ("zzz", "There is no parameter 'zzz'; it was ignored."),
    ],
)
def test_an_unknown_argument_is_ignored_with_a_warning_that_names_the_nearest(
    name: str, warning: str
) -> None:
    assert accept({"prompt": "hi", name: 1}, Request) == (Request(prompt="hi"), (warning,))


def test_nulls_count_as_not_given() -> None:
    assert accept({"prompt": "hi", "model": None, "timeoutMs": None}, Request) == (Request(prompt="hi"), ())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timeoutMs": "soon"}, "Expected `int`, got `str` - at `$.timeoutMs`"),
        ({"timeoutMs": 5}, "Expected `int` >= 1000 - at `$.timeoutMs`"),
        ({"mcpServers": ["a", 1]}, "Expected `str`, got `int` - at `$.mcpServers[1]`"),
        ({"promptParts": {"system": "s"}}, "Object missing required field `task` - at `$.promptParts`"),
        ({"approvalPolicy": "none"}, "Invalid enum value 'none' - at `$.approvalPolicy`"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_path(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        accept(arguments, Request)
    assert str(refusal.value) == message


@given(st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text()))
def test_any_arguments_give_a_request_or_an_error_of_ours(arguments: dict[str, Any]) -> None:
    try:
        request, warnings = accept(arguments, Request)
    except InvalidRequest:
        return
    assert isinstance(request, Request)
    assert len(warnings) <= len(arguments)


def test_parts_are_accepted_as_their_own_struct() -> None:
    request, _ = accept({"promptParts": {"task": "t", "context": "c"}}, Request)
    assert request.prompt_parts == PromptParts(task="t", context="c")
