"""The profiles: which tools a client is offered, and what reading their list costs its model."""

import msgspec

from gateway.config import Profile
from gateway.plugin.manager import Plugins
from gateway.server.any_request import any_request
from gateway.server.spec import ToolSpec
from gateway.server.tools import tools

COMPACT = (
    "llm_job_status", "llm_job_result", "llm_job_cancel", "llm_job_watch", "llm_job_list",
    "session_list", "session_get", "session_create", "session_set_active", "session_delete",
    "list_models", "cli_versions",
    "validate_with_models", "second_opinion", "red_team_review", "consensus_check",
    "synthesize_validation", "collect_validation", "compare_answers",
)  # fmt: skip
"""The tools that the compact profile shares with the full one."""
BUDGETS: dict[Profile, int] = {"full": 10_000, "compact": 3_000}
"""Tokens that the list of a profile's tools may cost with the plugins of this project."""
TOKEN = 4
"""Bytes that count as one token."""


def offered(plugins: Plugins, profile: Profile, *, durable: bool = True) -> dict[str, ToolSpec]:
    """The tools of a profile by their names, in the order in which they are listed."""
    every = tools(plugins, durable=durable)
    if profile == "full":
        return every
    one = {spec.name: spec for spec in any_request(plugins, durable=durable)}
    return one | {name: every[name] for name in COMPACT if name in every}


def token_prices(plugins: Plugins, *, durable: bool = True) -> dict[Profile, int]:
    """About how many tokens the answer to ``tools/list`` costs in each profile: its bytes, divided by four."""
    return {profile: _price(offered(plugins, profile, durable=durable)) for profile in BUDGETS}


def _price(table: dict[str, ToolSpec]) -> int:
    listed = {"tools": [spec.listed() for spec in table.values()]}
    return -(-len(msgspec.json.encode(listed)) // TOKEN)
