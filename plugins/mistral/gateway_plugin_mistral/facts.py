"""What changes with the releases: agents, models, prices, and the sayings of the CLI (3.0.3)."""

from typing import Literal

from gateway import BEARER_VARIABLE, Autonomy, Catalog, Client, Ending, HomeFile, Price, ServersFile

Mode = Literal[
    "default", "plan", "accept-edits", "auto-approve", "chat", "explore", "lean", "ask", "smart-approve"
]
POSTURES: dict[Mode, Autonomy] = {
    "plan": "read_only", "chat": "read_only", "explore": "read_only", "default": "ask", "ask": "ask", "lean": "ask",
    "accept-edits": "edit", "smart-approve": "edit", "auto-approve": "full",
}  # fmt: skip
AGENTS: dict[Autonomy, str] = {
    "read_only": "ask", "ask": "ask", "edit": "accept-edits", "full": "auto-approve",
}  # fmt: skip
AGENTS_OF_2: dict[Autonomy, str] = {**AGENTS, "read_only": "plan", "ask": "default"}
GONE: frozenset[Mode] = frozenset({"plan", "chat", "explore", "lean"})
"""Agents of 1.x and 2.x."""

CATALOG = Catalog(
    models={"mistral-medium-3.5": "Mistral Medium 3.5, Vibe's own default"},
    default="mistral-medium-3.5",
)
PRICED_AS_OF = "2026-11-21"
PRICES = (Price(models="mistral-medium-3.5*", input_usd=1.5, output_usd=7.5, cache_read_usd=0.15),)

CLIENT = Client(
    # It calls itself `mcp`, as every client does whose author gave it no name.
    call_limit=60.0,
    markers=("VIBE_APP_SERVER_BIN",),
    servers=ServersFile(
        file=HomeFile("config.toml", root_variable="VIBE_HOME", folder=".vibe"),
        shape="toml list",
        key="mcp_servers",
        stdio={"transport": "stdio"},
        http={"transport": "http"},
        token={"auth": {"type": "static", "api_key_env": BEARER_VARIABLE}},
        limit={"tool_timeout_sec": 1},
        verify="`/mcp` in `vibe` lists it and its tools.",
    ),
)
STOPS: dict[str, Ending] = {
    "turn_limit": "truncated",
    "price_limit": "truncated",
    "token_limit": "truncated",
    "deadline": "truncated",
    "length": "truncated",
    "refusal": "refused",
    "terminated": "cancelled",
}
"""Outcomes of export.json that stand for a run which was stopped."""

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("Invalid API key", "auth_required"),
    ("environment variable for", "auth_required"),
    ("Session not found", "session_unknown"),
    ("No session to continue", "session_unknown"),
    ("rate limit", "quota_exhausted"),
    ("Rate limit", "quota_exhausted"),
    ("prompt exceeds", "input_too_large"),
    ("unexpected argument", "cli_incompatible"),
    ("unrecognized arguments", "cli_incompatible"),
    ("invalid value", "input_invalid"),
    ("invalid choice", "input_invalid"),
    ("does not exist", "input_invalid"),
    ("No prompt provided", "input_invalid"),
    ("not found in configuration", "model_unknown"),
    ("Session '", "session_unknown"),
    ("No previous sessions found", "session_unknown"),
    ("limit of", "truncated"),
)
"""Words of an error, and what they mean. The last four are 2.18's."""
