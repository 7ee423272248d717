"""What Claude Code can be asked."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import Autonomy, Flag, HostPath, InvalidRequest, Request, given


class Agent(Struct, frozen=True, kw_only=True):
    """A subagent that exists for this request."""

    description: Annotated[str, Meta(min_length=1)]
    prompt: Annotated[str, Meta(min_length=1)]
    tools: tuple[str, ...] | UnsetType = UNSET
    model: str | UnsetType = UNSET


Mode = Literal["default", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"]
POSTURES: dict[Mode, Autonomy] = {
    "plan": "read_only", "default": "ask", "dontAsk": "ask", "acceptEdits": "edit", "auto": "edit",
    "bypassPermissions": "full",
}  # fmt: skip
MODES: dict[Autonomy, Mode] = {
    "read_only": "plan", "ask": "default", "edit": "acceptEdits", "full": "bypassPermissions",
}  # fmt: skip


class ClaudeRequest(Request, frozen=True, kw_only=True):
    """Ask Claude Code, Anthropic's coding agent. It can read the working directory, run tools and edit files."""

    model: Annotated[
        str | UnsetType,
        Flag("--model", "equals"),
        Meta(description="Model or alias, such as opus"),
    ] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    continue_session: Annotated[bool, Meta(description="Same as resumeLatest")] = False
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False
    permission_mode: Annotated[Mode | UnsetType, Meta(description="What it may do without asking")] = UNSET
    dangerously_skip_permissions: Annotated[bool, Meta(description="Same as bypassPermissions")] = False
    allowed_tools: Annotated[tuple[str, ...], Flag("--allowed-tools", "repeat")] = ()
    disallowed_tools: Annotated[tuple[str, ...], Flag("--disallowed-tools", "repeat")] = ()
    add_dir: Annotated[
        tuple[str, ...],
        Flag("--add-dir", "equals"),
        HostPath(),
        Meta(description="More directories it may use"),
    ] = ()
    agent: Annotated[str | UnsetType, Flag("--agent", "equals")] = UNSET
    agents: Annotated[
        dict[str, dict[str, Any]], Flag("--agents", "json"),
        Meta(description="Subagents by name: {description, prompt, tools?, model?}"),
    ] = {}  # fmt: skip
    system_prompt: Annotated[str | UnsetType, Flag("--system-prompt", "equals")] = UNSET
    append_system_prompt: Annotated[str | UnsetType, Flag("--append-system-prompt", "equals")] = UNSET
    exclude_dynamic_system_prompt_sections: Annotated[
        bool, Flag("--exclude-dynamic-system-prompt-sections")
    ] = False
    max_budget_usd: Annotated[float, Flag("--max-budget-usd"), Meta(gt=0)] | UnsetType = UNSET
    max_turns: Annotated[int, Flag("--max-turns", hidden=True), Meta(ge=1)] | UnsetType = UNSET
    effort: Annotated[Literal["low", "medium", "high", "xhigh", "max"] | UnsetType, Flag("--effort")] = UNSET
    fallback_model: Annotated[str | UnsetType, Flag("--fallback-model", "equals")] = UNSET
    json_schema: Annotated[
        dict[str, Any], Flag("--json-schema", "json"), Meta(description="JSON Schema of the answer")
    ] = {}
    strict_mcp_config: Annotated[
        bool, Flag("--strict-mcp-config"), Meta(description="Only mcpServers, and all of them")
    ] = False

    def __post_init__(self) -> None:
        if given(self.system_prompt) and given(self.append_system_prompt):
            raise InvalidRequest(
                "systemPrompt and appendSystemPrompt are mutually exclusive; use one or the other (not both)."
            )
        for name, agent in self.agents.items():
            try:
                msgspec.convert(agent, Agent)
            except msgspec.ValidationError as error:
                raise InvalidRequest(f'Invalid agent definition for "{name}": {error}') from None
