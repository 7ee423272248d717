"""What changes with the CLI and its models: names of models and tools, sayings, settings that keep it quiet."""

from typing import Literal

from gateway import BEARER_VARIABLE, Autonomy, Catalog, Client, Ending, HomeFile, ServersFile

CATALOG = Catalog(
    models={"grok-4.6": "Newest model, for coding and long tasks", "grok-4.5": "The model before it"},
    default="grok-4.6",
)
CLIENT = Client(
    names=("grok-shell-*",),
    call_limit=6000.0,
    markers=("GROK_SESSION_ID",),
    servers=ServersFile(
        file=HomeFile("config.toml", root_variable="GROK_HOME", folder=".grok"),
        shape="toml",
        key="mcp_servers",
        token={"headers": {"Authorization": f"Bearer ${{{BEARER_VARIABLE}}}"}},
        limit={"tool_timeout_sec": 1},
        verify="`grok mcp doctor` connects and counts its tools.",
    ),
)

SETTINGS = {
    "GROK_DISABLE_AUTOUPDATER": "1",
    "GROK_TELEMETRY_TRACE_UPLOAD": "0",
    "GROK_TURN_SUMMARY": "0",
    "GROK_TURN_TRANSIENT_RETRY": "0",
}
"""No update, no upload that a run waits for, no second model call that sums up the turn for a terminal, and at a
server error no whole turn once more: that takes 44 seconds even where no request is tried again (1.0.41)."""
FEWER_RETRIES = '{"models":{"max_retries":3}}'
"""The CLI's own number is one for 22 minutes of silence at a server error, and 5 at an empty answer (1.0.41)."""

IDS = (
    "run_terminal_cmd", "read_file", "search_replace", "write", "list_dir", "grep", "todo_write", "web_search",
    "web_fetch", "task", "get_task_output", "kill_task", "monitor", "workflow", "scheduler_create",
    "scheduler_delete", "scheduler_list", "enter_plan_mode", "exit_plan_mode", "ask_user_question",
    "send_feedback", "image_gen", "image_edit", "image_to_video", "reference_to_video", "search_tool", "use_tool",
    "memory_search", "memory_get", "lsp", "skill",
)  # fmt: skip
"""Tools as the CLI's lists name them. One name it does not know makes an allow list allow everything."""
TOOLS = {
    **{name: name for name in IDS},
    "run_terminal_command": "run_terminal_cmd",
    "spawn_subagent": "task",
    "get_command_or_subagent_output": "get_task_output",
    "kill_command_or_subagent": "kill_task",
    "Bash": "run_terminal_cmd",
    "Read": "read_file",
    "Write": "write",
    "Edit": "search_replace",
    "MultiEdit": "search_replace",
    "Grep": "grep",
    "Glob": "list_dir",
    "LS": "list_dir",
    "TodoWrite": "todo_write",
    "WebSearch": "web_search",
    "WebFetch": "web_fetch",
    "Task": "task",
    "Agent": "task",
    "AskUserQuestion": "ask_user_question",
}
"""What a tool may be called: by its id, as the model sees it, or by the name that other CLIs gave it."""
Mode = Literal["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan"]
# `auto` lets a model judge each call: it writes outside the working directory and runs commands (1.0.41).
POSTURES: dict[Mode, Autonomy] = {
    "plan": "read_only", "default": "ask", "dontAsk": "ask", "acceptEdits": "edit", "auto": "full",
    "bypassPermissions": "full",
}  # fmt: skip
MODES: dict[Autonomy, Mode] = {
    "read_only": "plan", "ask": "default", "edit": "acceptEdits", "full": "bypassPermissions",
}  # fmt: skip
RULES: dict[Mode, tuple[str, ...]] = {
    "plan": ("--deny=Bash", "--deny=Edit", "--deny=MCPTool"),
    "acceptEdits": ("--allow=Edit(./**)",),
}
"""By mode. Headless, `plan` and `acceptEdits` do no more and no less than `default`, which lets `touch` and MCP
tools of an allow rule run (1.0.41): these make them what they are called."""
REMOVED: dict[Mode, tuple[str, ...]] = {
    "plan": ("run_terminal_cmd", "write", "search_replace", "send_feedback")
}
"""Tools that a mode does not offer at all, so that the model does not run into a rule."""
RULE = r"(?:Bash|Read|Edit|Write|Grep|Glob|MCPTool|WebFetch|WebSearch)\(.+\)"
"""What ``--deny`` takes."""
SUBAGENTS = r"Agent\([\w, -]+\)"
"""What ``--disallowed-tools`` takes beside the names of tools."""

SAYINGS: tuple[tuple[str, Ending], ...] = (
    ("Unauthorized (401)", "auth_required"),
    ("Not signed in", "auth_required"),
    ("not authenticated", "auth_required"),
    ("Incorrect API key", "auth_required"),
    ("Too many requests", "quota_exhausted"),
    ("rate limit", "quota_exhausted"),
    ("usage limit", "quota_exhausted"),
    ("spending limit", "quota_exhausted"),
    ("out of credits", "quota_exhausted"),
    ("unknown model id", "model_unknown"),
    ("session restore", "session_unknown"),
    ("no session id or title matched", "session_unknown"),
    ("No session found", "session_unknown"),
    ("max_tokens_truncation", "truncated"),
    ("truncated by max_tokens", "truncated"),
    ("max turns reached", "truncated"),
    ("empty response from model", "empty"),
    ("maximum prompt length", "input_too_large"),
    ("context length", "input_too_large"),
    ("prompt is too long", "input_too_large"),
    ("prompt is empty", "input_invalid"),
    ("unknown effort level", "input_invalid"),
    ("already in use", "input_invalid"),
    ("must be a valid UUID", "input_invalid"),
    ("Requirements unsatisfied", "input_invalid"),
    ("json-schema", "input_invalid"),
    ("invalid value", "input_invalid"),
    ("unexpected argument", "cli_incompatible"),
)
STOPS: dict[str, Ending] = {
    "cancelled": "permission_denied",
    "refusal": "refused",
    "max_tokens": "truncated",
    "max_turn_requests": "truncated",
}
"""Turns that stop otherwise than at their end, with status 0."""
