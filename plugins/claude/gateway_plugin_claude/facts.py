"""The facts of Claude Code that are plain lists. Prices are worked out from the costs that 2.1.330 reports."""

from gateway import BEARER_VARIABLE, CachePolicy, Catalog, Client, HomeFile, Price, ServersFile

CATALOG = Catalog(
    models={
        "opus": "Hard problems and long tasks",
        "sonnet": "Everyday coding",
        "haiku": "Quick and cheap",
    },
    default="sonnet",
)
PRICED_AS_OF = "2026-11-21"
PRICES = (
    Price(models="claude-fable-5*", input_usd=10, output_usd=50, cache_read_usd=1, cache_write_usd=12.5),
    Price(models="claude-opus-4-8*", input_usd=5, output_usd=25, cache_read_usd=0.5, cache_write_usd=6.25),
    Price(models="claude-sonnet-5*", input_usd=3, output_usd=15, cache_read_usd=0.3, cache_write_usd=3.75),
    Price(models="claude-haiku-4-5*", input_usd=1, output_usd=5, cache_read_usd=0.1, cache_write_usd=1.25),
)
CACHE = CachePolicy(ttl=300, min_tokens={"*opus*": 4096, "*haiku*": 4096, "*sonnet*": 1024, "*": 4096})
ENV = (
    "ANTHROPIC_*", "CLAUDE_*", "API_TIMEOUT_MS", "MAX_THINKING_TOKENS", "BASH_*_TIMEOUT_MS", "IS_SANDBOX",
    "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "AWS_REGION", "AWS_PROFILE",
    "AWS_BEARER_TOKEN_BEDROCK", "CLOUD_ML_REGION", "VERTEX_REGION_*",
)  # fmt: skip
"""The variables it may see."""
MARKERS = (
    "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_SSE_PORT", "CLAUDE_PROJECT_DIR", "AI_AGENT",
)  # fmt: skip
"""The variables it sets for what it starts."""
CLIENT = Client(
    names=("claude-code",),
    call_limit=120.0,
    markers=MARKERS,
    servers=ServersFile(
        file=HomeFile(".claude.json", root_variable="CLAUDE_CONFIG_DIR"),
        shape="json",
        key="mcpServers",
        stdio={"type": "stdio"},
        http={"type": "http"},
        token={"headers": {"Authorization": f"Bearer ${{{BEARER_VARIABLE}}}"}},
        limit={"timeout": 1000},
        verify="`claude mcp list` tells that it is connected.",
    ),
)
DESKTOP = Client(
    title="Claude Desktop",
    names=("claude-ai",),
    servers=ServersFile(
        file=HomeFile("Claude/claude_desktop_config.json", settings=True),
        shape="json",
        key="mcpServers",
        addresses=False,
        verify="Settings > Developer lists it as running, once Claude Desktop was started again.",
    ),
)
BASE_FLAGS = (
    "-p", "--verbose", "--output-format", "--input-format", "--include-partial-messages", "--permission-mode",
    "--session-id", "--resume", "--continue", "--fork-session", "--mcp-config",
)  # fmt: skip
"""What is passed beside the flags of the request's fields."""
