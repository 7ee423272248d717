"""What is known of the real CLI: where it comes from, how it is kept offline, what its runs come to (1.0.41)."""

import json

CLI = "grok"
VERSION = "1.0.41"
NPM = "@xai-official/grok"
NPM_SCRIPT = True
"""Its install script puts a native binary in place."""
SCRATCH = ("GROK_HOME",)
UPGRADED_FROM = "1.0.5"

ENVIRONMENT = {
    "XAI_API_KEY": "xai-mock",
    "GROK_XAI_API_BASE_URL": "$url/xai/v1",
    "GROK_MODELS_BASE_URL": "$url/xai/v1",
    "GROK_TELEMETRY_ENABLED": "0",
    "GROK_TELEMETRY_TRACE_UPLOAD": "0",
    "GROK_DISABLE_AUTOUPDATER": "1",
    # A variable and no file: the gateway sets it where nobody else does, and it beats the file.
    "GROK_CONFIG": '{"models": {"max_retries": 0, "rate_limit_retry_threshold": 1}}',
}
efforts = [{"id": level, "value": level, "label": level.title()} for level in ("low", "medium", "high")]
LISTED = {
    "path": r"^/xai/v1/models$",
    "models": {
        "grok-4.5": {
            "api_backend": "responses",
            "supports_reasoning_effort": True,
            "reasoning_effort": "high",
            "reasoning_efforts": efforts,
        },
        "grok-4.6": {"api_backend": "responses"},
        "grok-code-fast-1": {"api_backend": "chat_completions"},
    },
}
SIDE = ("x-grok-req-id", "xai-")
"""The header of its own questions, for titles and summaries, is empty or begins so."""
KEYS = {"XAI_API_KEY"}
MENTIONED = "home"
"""It reads a file that a prompt mentions, with no tool call, wherever that is."""

FULL = {"permissionMode": "bypassPermissions"}
TURN = {
    "inputTokens": 1120,
    "outputTokens": 10,
    "cacheReadTokens": 1000,
    "cacheCreationTokens": 0,
    "reasoningTokens": 3,
    "costUsd": 0.001234,
}
# It hands on no refusal, only silence.
ENDINGS = {"refusal": "empty"}
SESSION_AT_THE_END = True
"""It never says which session it is in before its end: the session is told where there is something in it."""
FORMS = {"plain": "answer", "json": ("text", "sessionId"), "streaming-json": {"text", "end"}}
FORK = ("grok_request", {"forkSession": True}, {"resumeLatest": True, "forkSession": True})
PARAMETERS = {
    "model": "grok-4.5",
    "permissionMode": "acceptEdits",
    "effort": "low",
    "allowedTools": ["read_file", "Bash"],
    "disallowedTools": ["web_fetch", "Bash(rm *)"],
    "maxTurns": 3,
    "rules": "--be brief",
    "systemPrompt": "You are brief.",
}

DIRECT = {
    "new": ("--output-format", "json"),
    "resume": ("--output-format", "json", "--resume", "SESSION"),
    "shell_allowed": ("--always-approve",),
    "prompt": ("--prompt-file", "/dev/stdin"),
    "answer": lambda stdout: json.loads(stdout)["text"],
    "session": lambda stdout: json.loads(stdout)["sessionId"],
    "schema_field": "structuredOutput",
    "exits": {"MOCK:refuse": 1, "MOCK:length": 1, "MOCK:error=401": 1, "MOCK:error=429": 1, "MOCK:empty": 1},
}

SERVERS = {
    "add": ("mcp", "add", "kept-by-setup", "--", "true"),
    "sign": r"MCP server connected:\n- gateway (",
    "list": ("mcp", "doctor"),
    "connected": "tools discovered",
}
