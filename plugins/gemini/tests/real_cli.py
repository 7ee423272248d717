"""What is known of the real CLI: where it comes from, how it is kept offline, what its runs come to (0.61.0).

It may wait 13 to 50 s for a lock that its run before has left behind.
"""

import json

CLI = "gemini"
VERSION = "0.61.0"
NPM = "@google/gemini-cli"
UPGRADED_FROM = "0.60.0"

ENVIRONMENT = {
    "GEMINI_API_KEY": "AIzaMock",
    "GOOGLE_GEMINI_BASE_URL": "$url",
    "GEMINI_CLI_TRUST_WORKSPACE": "true",
    "GEMINI_CLI_NO_RELAUNCH": "true",
}
FILES = {
    ".gemini/settings.json": """\
{
  "security": {"auth": {"selectedType": "gemini-api-key"}},
  "privacy": {"usageStatisticsEnabled": false},
  "telemetry": {"enabled": false},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 1}
}
"""
}
KEYS = {"GEMINI_API_KEY"}
MENTIONED = "work"
"""It reads a file that a prompt mentions, with no tool call, in its workspace only."""

# `auto` would ask a second model which one to ask.
FIELDS = {"model": "gemini-2.5-flash"}
FULL = {"approvalMode": "yolo"}
TURN = {
    "inputTokens": 1120,
    "outputTokens": 10,
    "cacheReadTokens": 1000,
    "cacheCreationTokens": None,
    "reasoningTokens": None,
    "costUsd": None,
}
# It does not say that an answer was cut.
ENDINGS = {"cut answer": "ok"}
FORMS = {"text": "answer", "json": ("response", "session_id"), "stream-json": {"init", "message", "result"}}
PARAMETERS = {
    "approvalMode": "auto_edit",
    "allowedTools": ["run_shell_command(ls)"],
    "mcpServers": ["none"],
    "includeDirs": ["more"],
}

DIRECT = {
    "new": ("-m", "gemini-2.5-flash", "-o", "json"),
    "resume": ("-m", "gemini-2.5-flash", "-o", "json", "--resume", "SESSION"),
    "shell_allowed": ("--approval-mode", "yolo"),
    "answer": lambda stdout: json.loads(stdout)["response"],
    "session": lambda stdout: json.loads(stdout)["session_id"],
    # It exits without waiting until it has let go of its list of projects.
    "leftover": ".gemini/projects.json.lock",
    "exits": {
        "MOCK:refuse": 0,
        "MOCK:length": 0,
        "MOCK:error=401": 145,
        "MOCK:error=429": 173,
        "MOCK:empty": 0,
    },
}

SERVERS = {
    "add": ("mcp", "add", "--scope", "user", "kept-by-setup", "true"),
    "sign": "instructions provided by the tool server 'gateway'",
    "list": ("mcp", "list"),
    "connected": "- Connected",
}
