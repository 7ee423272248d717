"""What changes with the models and the CLI's wording: the catalog, cache rules, sayings, harmless settings."""

import re

import msgspec
from msgspec import Struct

from gateway import (
    BEARER_VARIABLE,
    CachePolicy,
    Catalog,
    Client,
    Ending,
    HomeFile,
    ServersFile,
    ending_of_status,
)

CATALOG = Catalog(
    models={
        "gpt-6.1-sol": "Latest workhorse model for coding and everyday work.",
        "gpt-6-astra": "Frontier intelligence for the most demanding work.",
        "gpt-6-sol": "Previous generation workhorse model.",
        "gpt-6-luna": "Fast and affordable model for easier tasks.",
        "gpt-5.5": "Legacy coding model.",
    },
    default="gpt-6.1-sol",
)
CACHE = CachePolicy(ttl=300, min_tokens={"*": 1024})

CLIENT = Client(
    names=("codex-mcp-client",),
    call_limit=300.0,
    markers=(
        "CODEX_THREAD_ID", "CODEX_SESSION_ID", "CODEX_CI", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED",
    ),
    servers=ServersFile(
        file=HomeFile("config.toml", root_variable="CODEX_HOME", folder=".codex"),
        shape="toml",
        key="mcp_servers",
        token={"bearer_token_env_var": BEARER_VARIABLE},
        names="env_vars",
        limit={"tool_timeout_sec": 1},
        verify="`codex mcp list` shows it, and `/mcp` in `codex` its tools.",
    ),
)  # fmt: skip

BYPASS = "--dangerously-bypass-approvals-and-sandbox"
BASE_FLAGS = (
    "--json", "--skip-git-repo-check", "--sandbox", "-c", "--output-schema", "--last", "--ignore-rules", BYPASS,
)  # fmt: skip

SETTINGS = (
    "model", "model_reasoning_*", "model_verbosity", "model_context_window", "model_auto_compact_token_limit",
    "web_search", "personality", "service_tier", "hide_agent_reasoning", "show_raw_agent_reasoning",
    "project_doc_max_bytes", "tool_output_token_limit", "sandbox_mode", "approval_policy",
)  # fmt: skip
"""Globs of the settings that change how a run answers, never what it may do. The last two are overruled by
``--sandbox``, and by ``exec`` itself, which never asks."""

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("no rollout found", "session_unknown"),
    ("Session not found", "session_unknown"),
    ("Missing environment variable", "auth_required"),
    ("Not logged in", "auth_required"),
    ("log in again", "auth_required"),
    ("sign in again", "auth_required"),
    ("429 Too Many Requests", "quota_exhausted"),
    ("usage limit", "quota_exhausted"),
    ("Quota exceeded", "quota_exhausted"),
    ("exceeds the maximum length", "input_too_large"),
    ("context window", "input_too_large"),
    ("max_output_tokens", "truncated"),
    ("content_filter", "refused"),
    ("No models are available", "model_unknown"),
    ("model not found", "model_unknown"),
    ("model is not supported", "model_unknown"),
    ("does not exist or you do not have access", "model_unknown"),
    ("unexpected argument", "cli_incompatible"),
    ("unrecognized subcommand", "cli_incompatible"),
    ("invalid value", "input_invalid"),
    ("Error loading config.toml", "input_invalid"),
    ("no longer supported", "input_invalid"),
    ("Failed to read output schema", "input_invalid"),
    ("invalid_request_error", "input_invalid"),
    ("Not inside a trusted directory", "permission_denied"),
)
CODES: dict[str, Ending] = {
    "unauthorized": "auth_required",
    "usage_limit_exceeded": "quota_exhausted",
    "context_window_exceeded": "input_too_large",
    "model_not_found": "model_unknown",
}
"""The ``codex_error_info`` of a turn, as the rollout file keeps it."""

_STATUS = re.compile(r"(?:unexpected|last) status:? (\d{3})")

_FAILED_CALL = re.compile(r"ERROR codex_core::tools::router: error=(.+)")
_MACHINE = re.compile(r", (?:url|cf-ray|request id): [^\s,)]+| \(code -?\d+\).*")
_NOTICE = re.compile(r"\s*$|\d{4}-\d\d-\d\dT|(?i:warning:)|Reading (?:prompt|additional input) from")
_CALL = re.compile(r"^[Ee]rror: (?:[\w/]+: )?(?:[\w/]+ failed: )?")


def ending_of(text: str) -> Ending | None:
    """What the CLI's words mean; None: nothing that is known."""
    for words, ending in SAYINGS:
        if words in text:
            return ending
    status = _STATUS.search(text)
    return ending_of_status(int(status[1])) if status else None


class _Detail(Struct):
    message: str = ""


class _Body(Struct):
    error: _Detail | str = ""
    detail: str = ""


def sentence(message: str) -> str:
    """A message without what is for machines: addresses, request ids, for some errors the API's whole JSON."""
    if not message.startswith("{"):
        return _MACHINE.sub("", message)
    try:
        body = msgspec.json.decode(message, type=_Body)
    except msgspec.DecodeError:
        return message
    said = body.error.message if isinstance(body.error, _Detail) else body.error
    return said or body.detail or message


def complaint(stderr: str) -> str:
    """The line of standard error that says what went wrong; empty where there are only log lines and notices."""
    lines = [line.strip() for line in stderr.splitlines() if not _NOTICE.match(line)]
    errors = [line for line in lines if line.lower().startswith("error")]
    return sentence(_CALL.sub("", (errors or lines[-1:] or [""])[0]))


def failed_calls(stderr: str) -> list[str]:
    """What the log says of tool calls that were turned down: on standard output they leave no trace."""
    return [f"A tool call failed: {said.strip()}" for said in dict.fromkeys(_FAILED_CALL.findall(stderr))]
