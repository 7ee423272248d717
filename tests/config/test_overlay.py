"""What the environment says stands before the file, and what it cannot say is told."""

from collections.abc import Callable

import pytest

from gateway.config import Http, configured
from gateway.errors import ConfigError

Written = Callable[..., dict[str, str]]


def said(environ: dict[str, str]) -> list[str]:
    """What is said about an environment."""
    return [f"{finding.message} {finding.remedy}" for finding in configured(environ).findings]


def test_a_variable_stands_before_its_key(written: Written) -> None:
    environ = written("session_ttl = 5\nsync_deadline_ms = 7\n[persistence]\nretentionDays = 2") | {
        "SYNC_DEADLINE_MS": "0",
        "LLM_GATEWAY_JOB_RETENTION_DAYS": "1.5",
        "LLM_GATEWAY_ACKNOWLEDGE_EPHEMERAL": "yes",
        "LLM_GATEWAY_APPROVAL_POLICY": "strict",
        "APPROVAL_LOG_PROMPTS": "1",
    }
    found = configured(environ)
    config = found.config
    assert (config.session_ttl, config.sync_deadline_ms, config.approval_policy) == (5.0, 0, "strict")
    assert (config.approval_previews, config.persistence.retention_days) == (True, 1.5)
    assert config.persistence.acknowledge_ephemeral
    assert found.origins == {
        "sync_deadline_ms": "SYNC_DEADLINE_MS",
        "persistence.retentionDays": "LLM_GATEWAY_JOB_RETENTION_DAYS",
        "persistence.acknowledgeEphemeral": "LLM_GATEWAY_ACKNOWLEDGE_EPHEMERAL",
        "approval_policy": "LLM_GATEWAY_APPROVAL_POLICY",
        "approval_previews": "APPROVAL_LOG_PROMPTS",
    }


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "45s"])
def test_a_value_that_cannot_be_read_is_told_and_ignored(text: str) -> None:
    assert configured({"SYNC_DEADLINE_MS": text}).config.sync_deadline_ms is None
    assert said({"SYNC_DEADLINE_MS": text}) == [
        f"SYNC_DEADLINE_MS is set to '{text}', and must be: integer, ≥ 0. It is ignored. "
        "Correct or remove SYNC_DEADLINE_MS."
    ]


def test_a_wrong_value_that_guards_something_is_an_error() -> None:
    with pytest.raises(ConfigError, match="LLM_GATEWAY_APPROVAL_POLICY is set to 'Strict', and must be: "):
        configured({"LLM_GATEWAY_APPROVAL_POLICY": "Strict"})


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "LLM_GATEWAY_STAT",
            "LLM_GATEWAY_STAT means nothing and is ignored. Did you mean LLM_GATEWAY_STATE?",
        ),
        ("LLM_GATEWAY_QQQQQQ", "LLM_GATEWAY_QQQQQQ means nothing and is ignored. Remove LLM_GATEWAY_QQQQQQ."),
        (
            "LLM_GATEWAY_DEDUP_WINDOW_MS",
            "LLM_GATEWAY_DEDUP_WINDOW_MS is deprecated. Set `dedupWindowMs` of `[persistence]`.",
        ),
    ],
)
def test_names_that_mean_nothing_and_old_names_are_told(name: str, told: str) -> None:
    assert said({name: "5"}) == [told]


def test_a_name_that_other_programs_use_too_is_no_reason_to_speak() -> None:
    assert said({"DATABASE_URL": "postgres://h/d", "EXA_API_KEY": "k", "SYNC_DEADLINE_MS": ""}) == []


def test_the_server_s_variables_become_parts_of_its_keys(written: Written) -> None:
    environ = written("[http]\nlisten = '10.0.0.1:1'\nhosts = ['a']\nopen_paths = ['/x']") | {
        "LLM_GATEWAY_HTTP_HOST": "::1",
        "LLM_GATEWAY_HTTP_PORT": "4444",
        "LLM_GATEWAY_HTTP_PATH": "/other",
        "LLM_GATEWAY_PUBLIC_URL": "https://u@gateway.example:8443/mcp",
        "LLM_GATEWAY_NO_AUTH_PATHS": "/y, /z;/w",
        "LLM_GATEWAY_AUTH_TOKEN": "t",
        "LLM_GATEWAY_AUTH_DISABLED": "1",
        "MCP_TRANSPORT": "http",
        "LLM_GATEWAY_TRANSPORT": "stdio",
    }
    config = configured(environ).config
    assert (config.http, config.transport) == (
        Http(
            listen="[::1]:4444",
            path="/other",
            hosts=("a",),
            public_url="https://u@gateway.example:8443/mcp",
            open_paths=("/x", "/y", "/z", "/w"),
            token="t",
            auth="none",
        ),
        "stdio",
    )


@pytest.mark.parametrize(
    ("name", "text", "needed"),
    [
        ("LLM_GATEWAY_HTTP_PORT", "https", "integer, ≥ 0, ≤ 65,535"),
        ("LLM_GATEWAY_HTTP_PORT", "70000", "integer, ≥ 0, ≤ 65,535"),
        ("LLM_GATEWAY_PUBLIC_URL", "gateway.example", "a URL"),
        ("LLM_GATEWAY_PUBLIC_URL", "http://[", "a URL"),
        ("LLM_GATEWAY_AUTH_DISABLED", "yes", "0 or 1"),
        ("LLM_GATEWAY_TRANSPORT", "smtp", '`"http"`, `"stdio"`'),
    ],
)
def test_a_part_that_cannot_be_read_is_told_and_ignored(name: str, text: str, needed: str) -> None:
    found = configured({name: text})
    assert (found.config.http, found.config.transport) == (Http(), "stdio")
    assert [finding.message for finding in found.findings] == [
        f"{name} is set to '{text}', and must be: {needed}. It is ignored."
    ]
