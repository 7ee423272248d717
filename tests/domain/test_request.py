"""What a caller may ask, before any plugin adds to it."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from gateway.domain.request import PromptParts, Request, chosen, given, replace


def test_an_empty_request_says_nothing() -> None:
    assert msgspec.to_builtins(Request()) == {
        "resumeLatest": False,
        "createNewSession": False,
        "approvalStrategy": "legacy",
        "mcpServers": (),
        "optimizePrompt": False,
        "optimizeResponse": False,
        "forceRefresh": False,
    }


def test_fields_are_camel_case_on_the_wire() -> None:
    wire = {"prompt": "hi", "sessionId": "s1", "promptParts": {"task": "t"}, "idleTimeoutMs": 30_000}
    expected = Request(
        prompt="hi", session_id="s1", prompt_parts=PromptParts(task="t"), idle_timeout_ms=30_000
    )
    assert msgspec.convert(wire, Request) == expected


@pytest.mark.parametrize(
    "wire",
    [
        {"prompt": ""},
        {"promptParts": {"task": ""}},
        {"promptParts": {}},
        {"sessionId": ""},
        {"workingDir": ""},
        {"timeoutMs": 999},
        {"timeoutMs": 86_400_001},
        {"idleTimeoutMs": 29_999},
        {"idleTimeoutMs": 3_600_001},
        {"approvalStrategy": "other"},
        {"approvalPolicy": "none"},
        {"mcpServers": "one"},
        {"resumeLatest": "yes"},
    ],
)
def test_a_value_out_of_bounds_is_refused(wire: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wire, Request)


@pytest.mark.parametrize(
    ("value", "said"), [(UNSET, False), (None, False), ("", True), (0, True), (False, True)]
)
def test_only_nothing_at_all_is_not_given(value: object, said: bool) -> None:
    assert given(value) is said


def test_the_callers_value_wins_over_the_fallback() -> None:
    assert chosen("", "fallback") == ""
    assert chosen(UNSET, "fallback") == "fallback"


def test_replacing_leaves_the_original_as_it_was() -> None:
    request = Request(prompt="one")
    assert replace(request, prompt="two") == Request(prompt="two")
    assert request == Request(prompt="one")
