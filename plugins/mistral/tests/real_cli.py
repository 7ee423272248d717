"""What is known of the real CLI: where it comes from, how it is kept offline, what its runs come to (3.0.3)."""

import json

CLI = "vibe"
VERSION = "3.0.3"
SCRIPT = "install_vibe.sh"
UV = ("mistral-vibe", "3.0.1", "3.0.2")
"""The package, an older release, and a newer one whose pins the index can satisfy."""
OLDER = {"version": "2.18.4", "withheld": ["disallowedTools"], "session": False, "tokens": None}
"""It prints neither its session nor what it has used."""

# A variable: the gateway sets it where nobody else does, and it beats the file.
ENVIRONMENT = {"MISTRAL_API_KEY": "mistral-mock", "VIBE_API_RETRY_MAX_ELAPSED_TIME": "0"}
FILES = {
    ".vibe/config.toml": """\
active_model = "mock"
enable_telemetry = false
enable_update_checks = false
enable_auto_update = false
enable_connectors = false
vibe_base_url = "$url"
vibe_code_sessions_base_url = "$url"
console_base_url = "$url"
[experiments]
enable = false
[[providers]]
name = "mistral"
api_base = "$url/v1"
api_key_env_var = "MISTRAL_API_KEY"
backend = "mistral"
[[models]]
name = "mistral-medium-latest"
provider = "mistral"
alias = "mock"
input_price = 1.5
output_price = 7.5
"""
}
KEYS = {"MISTRAL_API_KEY"}

FULL = {"permissionMode": "auto-approve"}
TURN = {
    "inputTokens": 1120,
    "outputTokens": 10,
    "cacheReadTokens": 1000,
    "cacheCreationTokens": None,
    "reasoningTokens": None,
    "costUsd": 0.001755,
}
# It hands on the text of a refusal and nothing else.
ENDINGS = {"refusal": "ok"}
STOPPED = "cancelled"
"""It says of itself that it was stopped."""
ANOTHER_MODEL = True
"""It takes another model where the one that was named is not there, with a warning."""
TOOLS_TOLD_LATE = True
"""It tells of a tool when that has ended."""
FORMS = {"plain": "answer", "json": ("result", "session_id"), "stream-json": {"message"}}
PARAMETERS = {
    "model": "mock",
    "permissionMode": "accept-edits",
    "allowedTools": ["read_file", "bash"],
    "disallowedTools": ["web_fetch"],
    "maxTurns": 3,
    "maxPrice": 2.5,
    "maxTokens": 100000,
    "addDir": ["more"],
    "effort": "low",
}


def _answer(stdout: str) -> str:
    entries = [entry for entry in json.loads(stdout) if entry["type"] == "message"]
    last = entries[-1]
    return "".join(part["text"] for part in last["content"]) if last["role"] == "assistant" else ""


DIRECT = {
    "new": ("--output", "json"),
    "resume": ("--output", "json", "--resume", "SESSION"),
    "shell_allowed": ("--yolo",),
    "prompt": ("-p",),
    "answer": _answer,
    "session": lambda stdout: json.loads(stdout)[0]["sessionId"],
    "counts": False,
    "exits": {"MOCK:refuse": 0, "MOCK:length": 3, "MOCK:error=401": 1, "MOCK:error=429": 2, "MOCK:empty": 0},
}

# It lists them in its terminal only.
SERVERS = {
    "add": ("mcp", "add", "kept-by-setup", "--transport", "stdio", "--command", "true"),
    "sign": r"- mcp_gateway\n",
}
