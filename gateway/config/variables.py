"""Every environment variable that is read by name, and what it says: `docs/configuration.md` is made from this table."""

VARIABLES = {
    "LLM_GATEWAY_CONFIG": "Path of the configuration file.",
    "LLM_GATEWAY_STATE": "Folder of the database and of the jobs' output; before `state` of the file.",
    "LLM_GATEWAY_PROFILE": "`full` or `compact`; before `profile` of the file.",
    "GATEWAY_PLUGINS": "The only plugins to load, separated by commas: names of entry points, or of modules.",
    "SYNC_DEADLINE_MS": "Before `sync_deadline_ms` of the file.",
    "SESSION_TTL": "Before `session_ttl` of the file.",
    "LLM_GATEWAY_APPROVAL_POLICY": "Before `approval_policy` of the file.",
    "APPROVAL_LOG_PROMPTS": "`1`: as `approval_previews = true`.",
    "LLM_GATEWAY_TRANSPORT": "`http`: `gateway serve` serves HTTP without being told so.",
    "MCP_TRANSPORT": "As `LLM_GATEWAY_TRANSPORT`, which goes before it.",
    "LLM_GATEWAY_HTTP_HOST": "Before the host of `http.listen`.",
    "LLM_GATEWAY_HTTP_PORT": "Before the port of `http.listen`.",
    "LLM_GATEWAY_HTTP_PATH": "Before `http.path`.",
    "LLM_GATEWAY_PUBLIC_URL": "The address by which others reach the HTTP server; adds its name to `http.hosts`.",
    "LLM_GATEWAY_AUTH_TOKEN": "The bearer token of the HTTP server; before `http.token` and the token file.",
    "LLM_GATEWAY_AUTH_DISABLED": '`1`: as `http.auth = "none"`.',
    "LLM_GATEWAY_NO_AUTH_PATHS": "Adds to `http.open_paths`; separated by commas, semicolons or blanks.",
    "DEBUG": "Log more, on stderr; any value.",
}
