"""What is known of the real CLI: where it comes from, how it is kept offline, what its runs come to (2.1.330)."""

import json

CLI = "claude"
VERSION = "2.1.330"
NPM = "@anthropic-ai/claude-code"
NPM_SCRIPT = True
"""Its install script puts a native binary in place."""
UPGRADED_FROM = "2.1.197"
OLDER = {"version": "2.1.197", "withheld": [], "session": True, "tokens": 1120}

ENVIRONMENT = {
    "ANTHROPIC_BASE_URL": "$url",
    "ANTHROPIC_API_KEY": "sk-ant-api03-mock",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_MAX_RETRIES": "0",
    "DISABLE_AUTOUPDATER": "1",
    # As root, it bypasses permissions only where it is told that it is in a sandbox.
    "IS_SANDBOX": "1",
}
KEYS = {"ANTHROPIC_API_KEY"}
MARKERS = ("CLAUDECODE",)
LISTED = {
    "path": r"^/v1/models$",
    "header": "anthropic-version",
    "models": {f"claude-{name}-5-5": {"type": "model"} for name in ("opus", "sonnet", "haiku")},
}
MENTIONED = "home"
"""It reads a file that a prompt mentions, with no tool call, wherever that is."""

FULL = {"permissionMode": "bypassPermissions"}
TURN = {
    "inputTokens": 1120,
    "outputTokens": 10,
    "cacheReadTokens": 1000,
    "cacheCreationTokens": 20,
    "reasoningTokens": 0,
    "costUsd": 0.0009,
}
FORMS = {"text": "answer", "json": ("result", "session_id"), "stream-json": "answer"}
FORK = ("claude_request", {"forkSession": True}, {"resumeLatest": True, "forkSession": True})
PARAMETERS = {
    "model": "sonnet",
    "permissionMode": "acceptEdits",
    "allowedTools": ["Read", "Bash(ls *)"],
    "disallowedTools": ["WebFetch"],
    "addDir": ["more"],
    "agent": "reviewer",
    "agents": {"reviewer": {"description": "Reads code", "prompt": "Read."}},
    "appendSystemPrompt": "--be brief",
    "excludeDynamicSystemPromptSections": True,
    "maxBudgetUsd": 2.5,
    "maxTurns": 3,
    "effort": "low",
    "fallbackModel": "haiku",
    "strictMcpConfig": True,
}

DIRECT = {
    "new": ("-p", "--output-format", "json"),
    "resume": ("-p", "--output-format", "json", "--resume", "SESSION"),
    "shell_allowed": ("--permission-mode", "bypassPermissions"),
    "answer": lambda stdout: json.loads(stdout)["result"],
    "session": lambda stdout: json.loads(stdout)["session_id"],
    "schema_field": "structured_output",
    "exits": {"MOCK:refuse": 1, "MOCK:length": 1, "MOCK:error=401": 1, "MOCK:error=429": 1, "MOCK:empty": 0},
}

SERVERS = {
    "add": ("mcp", "add", "--scope", "user", "kept-by-setup", "--", "true"),
    "sign": "mcp__gateway__consensus_check",
    "list": ("mcp", "list"),
    "connected": "✔ Connected",
}
