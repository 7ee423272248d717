"""What each CLI needs in a fresh HOME to talk to the mock only, and to give up at the first failure.

The texts may hold `$url`, the mock's address, and `$home`, the HOME.
"""

import os
from pathlib import Path
from string import Template
from typing import NamedTuple


class Offline(NamedTuple):
    """How one CLI is kept offline."""

    environment: dict[str, str]
    files: dict[str, str]
    """Their texts by their places below HOME."""


CODEX_CONFIG = """\
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

GEMINI_SETTINGS = """\
{
  "security": {"auth": {"selectedType": "gemini-api-key"}},
  "privacy": {"usageStatisticsEnabled": false},
  "telemetry": {"enabled": false},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 1}
}
"""

GROK_CONFIG = '{"models": {"max_retries": 0, "rate_limit_retry_threshold": 1}}'

VIBE_CONFIG = """\
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

GATEWAY_CONFIG = """\
[providers.codex]
env = ["MOCK_OPENAI_KEY"]
"""

CLIS = {
    "claude": Offline(
        {
            "ANTHROPIC_BASE_URL": "$url",
            "ANTHROPIC_API_KEY": "sk-ant-api03-mock",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "DISABLE_AUTOUPDATER": "1",
            # As root, claude bypasses permissions only where it is told that it is in a sandbox.
            "IS_SANDBOX": "1",
        },
        {},
    ),
    "codex": Offline(
        {"CODEX_HOME": "$home/.codex", "MOCK_OPENAI_KEY": "sk-mock"}, {".codex/config.toml": CODEX_CONFIG}
    ),
    "gemini": Offline(
        {
            "GEMINI_API_KEY": "AIzaMock",
            "GOOGLE_GEMINI_BASE_URL": "$url",
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GEMINI_CLI_NO_RELAUNCH": "true",
        },
        {".gemini/settings.json": GEMINI_SETTINGS},
    ),
    "grok": Offline(
        {
            "XAI_API_KEY": "xai-mock",
            "GROK_XAI_API_BASE_URL": "$url/xai/v1",
            "GROK_MODELS_BASE_URL": "$url/xai/v1",
            "GROK_TELEMETRY_ENABLED": "0",
            "GROK_TELEMETRY_TRACE_UPLOAD": "0",
            "GROK_DISABLE_AUTOUPDATER": "1",
            # A variable and no file: the gateway sets it where nobody else does, and it beats the file.
            "GROK_CONFIG": GROK_CONFIG,
        },
        {},
    ),
    "vibe": Offline(
        # The same goes for this one.
        {"MISTRAL_API_KEY": "mistral-mock", "VIBE_API_RETRY_MAX_ELAPSED_TIME": "0"},
        {".vibe/config.toml": VIBE_CONFIG},
    ),
}

GATEWAY = Offline(
    {"LLM_GATEWAY_CONFIG": "$home/gateway.toml", "LLM_GATEWAY_STATE": "$home/gateway"},
    {"gateway.toml": GATEWAY_CONFIG},
)
"""What the gateway itself needs: its state in the HOME, and leave to hand codex the name of its key."""

MACHINE = Offline(
    {"HOME": "$home", "TMPDIR": "$home/tmp", "LANG": "C.UTF-8", "TERM": "dumb"}, {"tmp/.keep": ""}
)
"""What every program needs, beside PATH."""


class Home(NamedTuple):
    """A HOME in which CLIs reach nothing but the mock."""

    folder: Path
    work: Path
    """An empty folder to start them in."""
    environment: dict[str, str]


def make_home(folder: Path, url: str, *, names: tuple[str, ...], search_path: str) -> Home:
    """Write the files of these CLIs and of the gateway into a folder that is not there yet."""
    work = folder / "work"
    work.mkdir(parents=True)
    environment = {"PATH": search_path}
    for offline in (MACHINE, GATEWAY, *(CLIS[name] for name in names)):
        for place, text in offline.files.items():
            file = folder / place
            os.makedirs(file.parent, exist_ok=True)
            file.write_text(_filled(text, url, folder))
        environment |= {name: _filled(value, url, folder) for name, value in offline.environment.items()}
    return Home(folder, work, environment)


def _filled(text: str, url: str, folder: Path) -> str:
    return Template(text).substitute(url=url, home=folder)
