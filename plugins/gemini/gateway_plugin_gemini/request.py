"""What can be asked of Gemini CLI, and what posture it amounts to."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from gateway import Autonomy, Flag, HostPath, InvalidRequest, Request, lower

Mode = Literal["default", "auto_edit", "yolo", "plan"]
# Headless, `default` reads and no more, until the caller or the user's own settings allow a tool by name: `ask`.
POSTURES: dict[Mode, Autonomy] = {"plan": "read_only", "default": "ask", "auto_edit": "edit", "yolo": "full"}
MODES: dict[Autonomy, Mode] = {posture: mode for mode, posture in POSTURES.items()}


class GeminiRequest(Request, frozen=True, kw_only=True):
    """Ask Gemini CLI, Google's coding agent. It reads the working directory and the web; more by approvalMode."""

    model: Annotated[
        str | UnsetType, Flag("--model", "equals"), Meta(description="Model or alias, such as pro, flash")
    ] = UNSET
    output_format: Literal["text", "json", "stream-json"] = "text"
    approval_mode: Annotated[Mode | UnsetType, Meta(description="What it may do; default only reads")] = UNSET
    allowed_tools: Annotated[
        tuple[str, ...], Flag("--allowed-tools", "repeat"), Meta(description="Tools allowed without asking")
    ] = ()
    mcp_servers: Annotated[
        tuple[str, ...], Flag("--allowed-mcp-server-names", "equals"),
        Meta(description="Only these of the CLI's own MCP servers"),
    ] = ()  # fmt: skip
    include_dirs: Annotated[
        tuple[str, ...], Flag("--include-directories", "equals"), HostPath(),
        Meta(description="More directories it may use"),
    ] = ()  # fmt: skip
    sandbox: Annotated[bool, Flag("--sandbox"), Meta(description="Run in a container")] = False
    policy_files: Annotated[tuple[str, ...], Flag("--policy", "equals"), HostPath()] = ()
    admin_policy_files: Annotated[tuple[str, ...], Flag("--admin-policy", "equals"), HostPath()] = ()
    attachments: Annotated[
        tuple[Annotated[str, Meta(pattern="^/")], ...], HostPath(),
        Meta(description="Absolute paths of files to send along"),
    ] = ()  # fmt: skip

    def __post_init__(self) -> None:
        for path in (*self.include_dirs, *self.policy_files, *self.admin_policy_files):
            if "," in path:
                raise InvalidRequest(f"Gemini CLI cannot take a path with a comma: {path}")
        if "" in self.mcp_servers:
            raise InvalidRequest("mcpServers: the name of a server is empty.")


def mode_of(request: GeminiRequest, autonomy: Autonomy | None) -> Mode:
    """The approval mode of a run: what the request asks for, or less."""
    mode: Mode = "default" if request.approval_mode is UNSET else request.approval_mode
    return mode if autonomy is None else MODES[lower(autonomy, POSTURES[mode])]
