"""What is known of the real CLI: where it comes from, how it is kept offline, what its runs come to (0.169.0)."""

import json
from typing import Any

CLI = "codex"
VERSION = "0.169.0"
NPM = "@openai/codex"
UPGRADED_FROM = "0.166.0"

ENVIRONMENT = {"CODEX_HOME": "$home/.codex", "MOCK_OPENAI_KEY": "sk-mock"}
FILES = {
    ".codex/config.toml": """\
model = "gpt-5.5"
model_provider = "mock"
check_for_update_on_startup = false
[model_providers.mock]
name = "mock"
base_url = "$url/v1"
env_key = "MOCK_OPENAI_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
"""
}
GATEWAY = """\
[providers.codex]
env = ["MOCK_OPENAI_KEY"]
"""
KEYS = {"MOCK_OPENAI_KEY"}
MAY_SEE = {"OPENAI_API_KEY"}

FULL = {"sandboxMode": "danger-full-access"}
TURN = {
    "inputTokens": 1120,
    "outputTokens": 10,
    "cacheReadTokens": 1000,
    "cacheCreationTokens": 20,
    "reasoningTokens": 3,
    "costUsd": None,
}
# It hands on no refusal, only silence.
ENDINGS = {"refusal": "empty"}
FORMS = {"text": "answer", "json": {"thread.started", "item.completed", "turn.completed"}}
FORK = ("codex_fork_session", {}, {"forkLast": True})
PARAMETERS = {
    "model": "gpt-5.5",
    "fullAuto": True,
    "askForApproval": "never",
    "search": True,
    "configOverrides": {"model_reasoning_effort": '"low"'},
    "outputSchema": {"type": "object", "properties": {}},
    "ephemeral": True,
    "ignoreRules": True,
    "useLegacyFullAutoFlag": True,
}


def _lines(stdout: str) -> list[Any]:
    return [json.loads(line) for line in stdout.splitlines()]


def _answer(stdout: str) -> str:
    items = [event["item"] for event in _lines(stdout) if event["type"] == "item.completed"]
    return "".join(item["text"] for item in items if item["type"] == "agent_message")


def _session(stdout: str) -> str:
    return next(event["thread_id"] for event in _lines(stdout) if event["type"] == "thread.started")


DIRECT = {
    "new": ("exec", "--json", "--skip-git-repo-check"),
    "resume": ("exec", "--json", "--skip-git-repo-check", "resume", "SESSION"),
    "shell_allowed": ("--dangerously-bypass-approvals-and-sandbox",),
    "prompt": ("-",),
    "answer": _answer,
    "session": _session,
    "exits": {"MOCK:refuse": 0, "MOCK:length": 1, "MOCK:error=401": 1, "MOCK:error=429": 1, "MOCK:empty": 0},
}

SERVERS = {
    "add": ("mcp", "add", "kept-by-setup", "--", "true"),
    "sign": "mcp__gateway: ",
    "list": ("mcp", "list"),
    "connected": "enabled",
}
