"""What Grok can be asked."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from gateway import Flag, Request
from gateway_plugin_grok.facts import Mode


class GrokRequest(Request, frozen=True, kw_only=True):
    """Ask Grok, xAI's coding agent. It can read the working directory, search the web, run tools and edit files."""

    model: Annotated[
        str | UnsetType, Flag("--model", "equals"), Meta(description="Model, such as grok-4.6")
    ] = UNSET
    output_format: Literal["plain", "json", "streaming-json"] = "plain"
    fork_session: Annotated[bool, Meta(description="Continue in a copy, under a new session id")] = False
    always_approve: Annotated[bool, Meta(description="Same as bypassPermissions")] = False
    permission_mode: Annotated[Mode | UnsetType, Meta(description="What it may do without asking")] = UNSET
    effort: Literal["low", "medium", "high", "xhigh", "max"] | UnsetType = UNSET
    reasoning_effort: Annotated[
        str | UnsetType, Flag("--reasoning-effort", "equals"), Meta(description="Instead of effort: the model's own word")
    ] = UNSET  # fmt: skip
    allowed_tools: Annotated[tuple[str, ...], Meta(description="Only these tools, such as read_file")] = ()
    disallowed_tools: Annotated[tuple[str, ...], Meta(description="Tools, or rules such as Bash(rm *)")] = ()
    max_turns: Annotated[int, Flag("--max-turns", "equals"), Meta(ge=1, le=2**32 - 1)] | UnsetType = UNSET
    rules: Annotated[
        str | UnsetType, Flag("--rules", "equals"), Meta(description="Added to the system prompt")
    ] = UNSET
    system_prompt: Annotated[
        str | UnsetType,
        Flag("--system-prompt-override", "equals"),
        Meta(description="Replaces the system prompt"),
    ] = UNSET
    json_schema: Annotated[
        dict[str, Any], Flag("--json-schema", "json"), Meta(description="JSON Schema of the answer")
    ] = {}
