"""Every environment variable that is read by name: `docs/configuration.md` is made from this table.

A variable with a ``key`` stands before that key of the file, and its text is checked as the key's value is. A new
variable is a row here and, where it stands before no key, a place in this room that reads it.
"""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from gateway.config import http_variables

Standing = Literal["read", "deprecated", "unused"]


class Variable(Struct, frozen=True, kw_only=True):
    """What a variable says, or what to do instead of setting it."""

    key: str = ""
    """The key that it stands before; empty: none."""
    meaning: str = ""
    standing: Standing = "read"
    """``deprecated``: it works, and a warning says what to set instead. ``unused``: a warning says why not."""
    reads: Callable[[str, Any], Any] | None = None
    """Makes the value from the text and the value so far; None: the text is the value."""
    guards: bool = False
    """It narrows what is allowed: a wrong value is an error rather than ignored."""
    common: bool = False
    """Other programs set it too, so only ``gateway config`` speaks of it."""


def _deprecated(key: str, instead: str) -> Variable:
    return Variable(key=key, meaning=instead, standing="deprecated")


def _unused(reason: str, *, common: bool = False) -> Variable:
    return Variable(meaning=reason, standing="unused", common=common)


TOLD_BY_CLIS = "The CLIs themselves tell their models; their files are not searched for them."
_BOOTSTRAPPER = "There is no bootstrapper: the gateway is installed and upgraded as a Python package."
_SERVER_KEY = "Give the server its key in `env` of `[mcp_servers.NAME]`."
_NO_SERVERS = "There is no Postgres or Redis: all gateways of a machine share one SQLite database."

VARIABLES: dict[str, Variable] = {
    "LLM_GATEWAY_CONFIG": Variable(
        meaning="Path of the configuration file. One file for each project keeps projects apart in everything."
    ),
    "LLM_GATEWAY_STATE": Variable(
        key="state", meaning="Relative to the directory that the gateway is started in."
    ),
    "GATEWAY_PLUGINS": Variable(
        meaning="The only plugins to load, separated by commas: names of entry points, or of modules."
    ),
    "DEBUG": Variable(meaning="Log more, on stderr; any value."),
    "LLM_GATEWAY_PROFILE": Variable(key="profile"),
    "SYNC_DEADLINE_MS": Variable(key="sync_deadline_ms"),
    "SESSION_TTL": Variable(key="session_ttl"),
    "LLM_GATEWAY_APPROVAL_POLICY": Variable(key="approval_policy", guards=True),
    "APPROVAL_LOG_PROMPTS": Variable(key="approval_previews"),
    "LLM_GATEWAY_MODEL_ALIASES": Variable(
        meaning="Aliases of models: `PROVIDER.ALIAS=MODEL`, separated by commas or lines, or "
        '`{"PROVIDER.ALIAS": "MODEL"}`.'
    ),
    "MCP_TRANSPORT": Variable(key="transport", meaning="`LLM_GATEWAY_TRANSPORT` goes before it."),
    "LLM_GATEWAY_TRANSPORT": Variable(key="transport"),
    "LLM_GATEWAY_HTTP_HOST": Variable(key="http.listen", meaning="The host.", reads=http_variables.host),
    "LLM_GATEWAY_HTTP_PORT": Variable(key="http.listen", meaning="The port.", reads=http_variables.port),
    "LLM_GATEWAY_HTTP_PATH": Variable(key="http.path"),
    "LLM_GATEWAY_PUBLIC_URL": Variable(key="http.public_url", reads=http_variables.url),
    "LLM_GATEWAY_VERIFY_PUBLIC_URL": Variable(key="http.verify_public_url"),
    "LLM_GATEWAY_TUNNEL_PROVIDER": Variable(key="http.tunnel"),
    "LLM_GATEWAY_AUTH_TOKEN": Variable(key="http.token", meaning="Goes before the token file, too."),
    "LLM_GATEWAY_AUTH_DISABLED": Variable(
        key="http.auth", meaning="`1`: `none`.", reads=http_variables.without_token
    ),
    "LLM_GATEWAY_NO_AUTH_PATHS": Variable(
        key="http.open_paths",
        meaning="Adds to them; separated by commas, semicolons or blanks.",
        reads=http_variables.paths,
    ),
    "LLM_GATEWAY_JOBS_DB": _deprecated(
        "", 'Set `LLM_GATEWAY_STATE`, or for `none` `backend = "none"` of `[persistence]`.'
    ),
    "LLM_GATEWAY_LOGS_DB": _deprecated(
        "", 'Set `LLM_GATEWAY_STATE`, or for `none` `backend = "none"` of `[persistence]`.'
    ),
    "LLM_GATEWAY_JOB_RETENTION_DAYS": _deprecated(
        "persistence.retentionDays", "Set `retentionDays` of `[persistence]`."
    ),
    "LLM_GATEWAY_DEDUP_WINDOW_MS": _deprecated(
        "persistence.dedupWindowMs", "Set `dedupWindowMs` of `[persistence]`."
    ),
    "LLM_GATEWAY_ACKNOWLEDGE_EPHEMERAL": _deprecated(
        "persistence.acknowledgeEphemeral", "Set `acknowledgeEphemeral` of `[persistence]`."
    ),
    "LLM_GATEWAY_DISABLE_MODEL_DISCOVERY": _unused(TOLD_BY_CLIS),
    "LLM_GATEWAY_CLOUDFLARED_PATH": _unused("The gateway starts no tunnel: run cloudflared beside it."),
    "RVWR_GATEWAY_BUNDLE_URL": _unused(_BOOTSTRAPPER),
    "RVWR_GATEWAY_BUNDLE_SHA256": _unused(_BOOTSTRAPPER),
    "RVWR_RELEASE_API_URL": _unused(_BOOTSTRAPPER),
    "RVWR_ALLOW_HOST_NODE": _unused(_BOOTSTRAPPER),
    "GATEWAY_PATH": _unused("It was read by a plugin of `llm`, which is not part of this.", common=True),
    "DATABASE_URL": _unused(_NO_SERVERS, common=True),
    "REDIS_URL": _unused(_NO_SERVERS, common=True),
    "EXA_API_KEY": _unused(_SERVER_KEY, common=True),
    "REF_API_KEY": _unused(_SERVER_KEY, common=True),
}

OF_PROVIDERS = {
    "NAME_DEFAULT_MODEL": "The model of a provider where a request names none, or `default`; NAME is the provider's.",
    "NAME_MODELS": "More models of a provider: `model=description`, by comma or line, or JSON.",
    "NAME_MODEL_ALIASES": "Aliases of a provider's models: `alias=model`, by comma or line, or a JSON object.",
}
"""What is read under each provider's name (`gateway/rules/models.py`)."""
FORMERLY_OF_PROVIDERS = (
    "SETTINGS_PATH", "SETTINGS_LOCAL_PATH", "CONFIG_PATH", "HISTORY_ROOT", "HISTORY_MAX_FILES",
    "HISTORY_MAX_FILE_BYTES", "DISABLE_HISTORY_DISCOVERY",
)  # fmt: skip
"""What version 1.7.0 read behind a provider's name, to find models in files."""
