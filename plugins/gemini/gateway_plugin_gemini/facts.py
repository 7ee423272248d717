"""What changes with the CLI: its models, the policies that hold it to its mode, its way of saying what failed."""

from gateway import BEARER_VARIABLE, Autonomy, Catalog, Client, Ending, EnvVar, HomeFile, ServersFile

CATALOG = Catalog(
    models={
        "auto": "The CLI picks by difficulty, with one small extra call",
        "pro": "Hard problems and long tasks",
        "flash": "Everyday coding",
        "flash-lite": "Quick and cheap",
        "gemini-3.8-flash": "The newest flash",
        "gemini-2.5-pro": "The stable pro",
    },
    default="auto",
)

ENV = (
    "GEMINI_*", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_*", "GOOGLE_GENAI_*",
    "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "SEATBELT_PROFILE", "SANDBOX_*",
)  # fmt: skip


def _home(name: str, *, content: bool = False) -> HomeFile:
    return HomeFile(f".gemini/{name}", content=content, root_variable="GEMINI_CLI_HOME")


SETTINGS = _home("settings.json", content=True)
CLIENT = Client(
    names=("gemini-cli-mcp-client",),
    call_limit=600.0,
    markers=("GEMINI_CLI", "GEMINI_PTY_INFO"),
    servers=ServersFile(
        file=_home("settings.json"),
        shape="json",
        key="mcpServers",
        http={"type": "http"},
        token={"headers": {"Authorization": f"Bearer ${{{BEARER_VARIABLE}}}"}},
        # It takes out of its environment what looks like a secret (0.61.0).
        reference="${NAME:-}",
        limit={"timeout": 1000},
        verify="`gemini mcp list`, in a folder that gemini trusts, tells that it is connected.",
    ),
)
LOGINS: dict[EnvVar | HomeFile, str] = {
    EnvVar("GEMINI_API_KEY"): "API key of AI Studio",
    EnvVar("GOOGLE_API_KEY"): "API key of Vertex AI",
    EnvVar("GOOGLE_APPLICATION_CREDENTIALS"): "service account",
    EnvVar("GOOGLE_CLOUD_ACCESS_TOKEN"): "access token",
    _home("oauth_creds.json"): "Google account",
    _home("gemini-credentials.json"): "stored credentials",
    _home(".env"): "~/.gemini/.env",
}
"""Where a key or a login may lie."""

_STAY = b"""\
[[rule]]
toolName = ["enter_plan_mode", "exit_plan_mode"]
decision = "deny"
priority = 999
denyMessage = "The approval mode of this run is fixed."
"""
_ONLY_READ = b"""
[[rule]]
toolName = ["write_file", "replace", "run_shell_command", "save_memory", "activate_skill", "discovered_tool_*"]
decision = "deny"
priority = 999
denyMessage = "This run may only read."

[[rule]]
toolName = "*"
mcpName = "*"
decision = "deny"
priority = 999
denyMessage = "This run may only read."
"""
POLICIES: dict[Autonomy, bytes] = {"read_only": _STAY + _ONLY_READ, "ask": _STAY, "edit": _STAY}
"""Headless, 0.61.0 lets the model leave plan mode by itself, and for yolo: every mode but yolo needs a policy."""

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("API key not valid", "auth_required"),
    ("API_KEY_INVALID", "auth_required"),
    ("set an Auth method", "auth_required"),
    ("Invalid auth method", "auth_required"),
    ("exceeds the maximum number of tokens", "input_too_large"),
    ("is not found for API version", "model_unknown"),
    ("ModelNotFoundError", "model_unknown"),
    ("exceeded your current quota", "quota_exhausted"),
    ("RESOURCE_EXHAUSTED", "quota_exhausted"),
    ("exhausted your", "quota_exhausted"),
    ("already exists. Use --resume", "input_invalid"),
    ("Error resuming session", "session_unknown"),
    ("not running in a trusted directory", "permission_denied"),
    ("FatalSandboxError", "input_invalid"),
    ("Unknown argument", "cli_incompatible"),
    ("Invalid values:", "cli_incompatible"),
    ("max session turns", "truncated"),
    ("Maximum session turns", "truncated"),
    ("exceeded the token limit", "truncated"),
    ("no text or thoughts", "empty"),
    ("no final response text", "empty"),
    ("response was blocked", "refused"),
)
"""Words of the CLI and of its API; the first that occur count."""

CODES: dict[int, Ending] = {
    41: "auth_required",
    42: "input_invalid",
    53: "truncated",
    55: "permission_denied",
}
"""Exit codes below 128. Above, the code is the API's HTTP status modulo 256."""

NOISE = ("Warning: ", "Ripgrep ", "[STARTUP]", "YOLO mode ", "Usage: ", "at ", "Fatal error: Failed")
"""How lines of stderr begin that are there whether or not a run fails."""
