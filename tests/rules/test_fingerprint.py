"""What makes two requests the same."""

from typing import Any

import pytest

from gateway.domain.launch import McpServer
from gateway.domain.request import PromptParts, Request
from gateway.rules.fingerprint import INDIFFERENT, fingerprint

USUAL: dict[str, Any] = {
    "tool": "acme_request",
    "prompt": "hi",
    "directory": "/work",
    "principal": "local",
    "autonomy": None,
    "servers": (),
    "environ": {"ACME_KEY": "1", "ACME_HOME": "/h"},
    "files": {"/a": "1", "/b": "2"},
}


def of(request: Request = Request(), **changes: Any) -> str:  # noqa: B008 - it is frozen
    return fingerprint(request, **(USUAL | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"tool": "acme_other"},
        {"prompt": "ho"},
        {"directory": "/elsewhere"},
        {"principal": "anna"},
        {"autonomy": "full"},
        {"servers": (McpServer(name="docs"),)},
        {"environ": {"ACME_KEY": "2", "ACME_HOME": "/h"}},
        {"environ": {}},
        {"files": {"/a": "1"}},
        {"request": Request(model="large")},
        {"request": Request(session_id="s1")},
        {"request": Request(create_new_session=True)},
        {"request": Request(mcp_servers=("docs",))},
    ],
    ids=str,
)
def test_everything_that_can_change_the_answer_counts(change: dict[str, Any]) -> None:
    assert of(**change) != of()


@pytest.mark.parametrize(
    "request_",
    [
        Request(correlation_id="c"),
        Request(timeout_ms=5000),
        Request(idle_timeout_ms=30_000),
        Request(force_refresh=True),
        Request(working_dir="."),
        Request(prompt="hi"),
        Request(prompt_parts=PromptParts(task="hi")),
    ],
)
def test_how_a_request_is_named_bounded_or_put_does_not(request_: Request) -> None:
    assert of(request_) == of()


def test_the_order_of_a_mapping_does_not_count() -> None:
    assert of(environ=dict(reversed(USUAL["environ"].items())), files={"/b": "2", "/a": "1"}) == of()


def test_what_is_indifferent_is_a_field_of_the_request() -> None:
    assert set(Request.__struct_fields__) >= INDIFFERENT
