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
    "DEBUG": "Log more, on stderr; any value.",
}
