"""What version 1.7.0 named otherwise still says what it said, and is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import configured
from gateway.config.former import KEYS, REFUSED
from gateway.config.keys import Config
from gateway.config.tree import dotted, leaves
from gateway.config.variables import FORMERLY_OF_PROVIDERS, OF_PROVIDERS, VARIABLES

Written = Callable[..., dict[str, str]]

ALL_KEYS = """
    persistence.backend persistence.path persistence.dsn persistence.retentionDays persistence.dedupWindowMs
    persistence.acknowledgeEphemeral cache_awareness.emit_anthropic_cache_control
    cache_awareness.anthropic_ttl_seconds cache_awareness.warn_on_ttl_expiry
    cache_awareness.min_stable_tokens_for_cache_control
"""
ALL_VARIABLES = """
    LLM_GATEWAY_CONFIG LLM_GATEWAY_JOBS_DB LLM_GATEWAY_LOGS_DB LLM_GATEWAY_JOB_RETENTION_DAYS
    LLM_GATEWAY_DEDUP_WINDOW_MS LLM_GATEWAY_ACKNOWLEDGE_EPHEMERAL SYNC_DEADLINE_MS SESSION_TTL DATABASE_URL REDIS_URL
    LLM_GATEWAY_APPROVAL_POLICY APPROVAL_LOG_PROMPTS LLM_GATEWAY_MODEL_ALIASES LLM_GATEWAY_DISABLE_MODEL_DISCOVERY
    EXA_API_KEY REF_API_KEY DEBUG RVWR_GATEWAY_BUNDLE_URL RVWR_GATEWAY_BUNDLE_SHA256 RVWR_RELEASE_API_URL
    LLM_GATEWAY_TRANSPORT MCP_TRANSPORT LLM_GATEWAY_HTTP_HOST LLM_GATEWAY_HTTP_PORT LLM_GATEWAY_HTTP_PATH
    LLM_GATEWAY_AUTH_TOKEN LLM_GATEWAY_AUTH_DISABLED LLM_GATEWAY_NO_AUTH_PATHS LLM_GATEWAY_PUBLIC_URL
    LLM_GATEWAY_VERIFY_PUBLIC_URL LLM_GATEWAY_TUNNEL_PROVIDER RVWR_ALLOW_HOST_NODE LLM_GATEWAY_CLOUDFLARED_PATH GATEWAY_PATH
"""
OF_A_PROVIDER = """
    DEFAULT_MODEL MODELS MODEL_ALIASES SETTINGS_PATH SETTINGS_LOCAL_PATH CONFIG_PATH HISTORY_ROOT HISTORY_MAX_FILES
    HISTORY_MAX_FILE_BYTES DISABLE_HISTORY_DISCOVERY
"""


@pytest.mark.parametrize("key", ALL_KEYS.split())
def test_every_former_key_is_a_key_or_says_what_became_of_it(key: str) -> None:
    assert key in {dotted(path) for path, _ in leaves(Config, {})} | KEYS.keys()


@pytest.mark.parametrize("name", ALL_VARIABLES.split())
def test_every_former_variable_is_read_or_says_what_became_of_it(name: str) -> None:
    assert name in VARIABLES


@pytest.mark.parametrize("name", OF_A_PROVIDER.split())
def test_every_former_variable_of_a_provider_is_known(name: str) -> None:
    assert name in FORMERLY_OF_PROVIDERS or f"NAME_{name}" in OF_PROVIDERS


def test_what_is_refused_has_a_reason() -> None:
    assert all(REFUSED.values())


def settled(environ: dict[str, str]) -> tuple[str, str, bool]:
    """Where things are kept, how, and whether with prompts and answers."""
    config = configured(environ).config
    return Path(config.state).name, config.persistence.backend, config.flight_bodies


@pytest.mark.parametrize(
    ("environ", "outcome"),
    [
        ({}, ("gateway", "sqlite", True)),
        ({"LLM_GATEWAY_LOGS_DB": "none"}, ("gateway", "none", True)),
        ({"LLM_GATEWAY_JOBS_DB": "none"}, ("gateway", "none", True)),
        ({"LLM_GATEWAY_LOGS_DB": "/a/logs.db"}, ("logs.db.gateway", "sqlite", True)),
        ({"LLM_GATEWAY_JOBS_DB": "/a/jobs.db", "LLM_GATEWAY_LOGS_DB": "/a/logs.db"}, ("jobs.db.gateway", "sqlite", True)),
        ({"LLM_GATEWAY_JOBS_DB": "/a/jobs.db", "LLM_GATEWAY_LOGS_DB": "none"}, ("jobs.db.gateway", "sqlite", False)),
        ({"LLM_GATEWAY_JOBS_DB": "none", "LLM_GATEWAY_LOGS_DB": "/a/logs.db"}, ("gateway", "none", True)),
        ({"LLM_GATEWAY_LOGS_DB": ""}, ("gateway", "sqlite", False)),
        ({"LLM_GATEWAY_JOBS_DB": "/a/jobs.db", "LLM_GATEWAY_STATE": "/b"}, ("b", "sqlite", True)),
    ],
)  # fmt: skip
def test_the_variables_of_the_databases_say_where_and_whether(
    environ: dict[str, str], outcome: tuple[str, str, bool]
) -> None:
    assert settled(environ) == outcome


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("[persistence]\npath = '/a/own.db'", "own.db.gateway"),
        ("state = '/b'\n[persistence]\npath = '/a/own.db'", "b"),
    ],
)
def test_the_former_path_counts_where_no_state_is_given(written: Written, text: str, state: str) -> None:
    assert settled(written(text)) == (state, "sqlite", True)


def test_a_variable_stands_before_the_former_path(written: Written) -> None:
    environ = written("[persistence]\npath = '/a/own.db'") | {"LLM_GATEWAY_JOBS_DB": "/a/jobs.db"}
    assert settled(environ) == ("jobs.db.gateway", "sqlite", True)


def test_a_database_of_the_former_version_is_told_and_untouched(written: Written, home: Path) -> None:
    former = home / "logs.db"
    former.write_bytes(b"SQLite format 3\0 and more")
    found = configured(written(f"[persistence]\npath = '{former}'\ndsn = 'postgres://u:p@h/d'"))
    assert [finding.message for finding in found.findings] == [
        "`persistence.dsn` has no effect: there is no Postgres backend.",
        "persistence.path is deprecated.",
        f"{former} is a database of version 1.7.0. It is left as it is; ours is in {former}.gateway.",
    ]
    assert former.read_bytes() == b"SQLite format 3\0 and more"


def test_names_that_say_nothing_choose_nothing(written: Written, home: Path) -> None:
    plain = configured(written("")).config.state
    assert configured(written("[persistence]\npath = ''")).config.state == plain

    blank = {"LLM_GATEWAY_STATE": "  ", "LLM_GATEWAY_JOBS_DB": str(home / "jobs" / "jobs.db")}
    assert configured(written("") | blank).config.state != plain
