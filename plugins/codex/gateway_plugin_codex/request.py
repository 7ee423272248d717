"""What Codex can be asked."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway import Autonomy, Flag, HostPath, InvalidRequest, LocalOnly, Request

Sandbox = Literal["read-only", "workspace-write", "danger-full-access"]
POSTURES: dict[str, Autonomy] = {
    "read-only": "read_only", "workspace-write": "edit", "danger-full-access": "full",
}  # fmt: skip
SANDBOXES: dict[Autonomy, Sandbox] = {
    "read_only": "read-only", "ask": "read-only", "edit": "workspace-write", "full": "danger-full-access",
}  # fmt: skip


class AnyCodexRequest(Request, frozen=True, kw_only=True):
    """What both tools take."""

    model: Annotated[str | UnsetType, Flag("--model", "equals"), Meta(description="Model")] = UNSET
    sandbox_mode: Annotated[Sandbox | UnsetType, Meta(description="What it may write; default read-only")] = (
        UNSET
    )
    ask_for_approval: Literal["untrusted", "on-request", "never"] | UnsetType = UNSET


class CodexRequest(AnyCodexRequest, frozen=True, kw_only=True):
    """Ask Codex, OpenAI's coding agent. It reads the working directory and, if the sandbox allows, edits and runs."""

    output_format: Annotated[Literal["text", "json"], Meta(description="json: the CLI's own event lines")] = (
        "text"
    )
    full_auto: Annotated[bool, Meta(description="Same as sandboxMode workspace-write")] = False
    use_legacy_full_auto_flag: bool = False
    dangerously_bypass_approvals_and_sandbox: bool = False
    output_schema: (
        Annotated[str | dict[str, Any], HostPath(), Meta(description="JSON Schema of the answer, or a path")]
        | UnsetType
    ) = UNSET
    search: Annotated[bool, Meta(description="Search the live web")] = False
    profile: Annotated[str | UnsetType, Flag("--profile", "equals")] = UNSET
    config_overrides: Annotated[
        Mapping[str, str], LocalOnly(), Meta(description="Settings of config.toml, as TOML")
    ] = msgspec.field(default_factory=dict)
    ephemeral: Annotated[bool, Flag("--ephemeral", new_only=True)] = False
    images: Annotated[tuple[str, ...], Flag("--image", "equals"), HostPath()] = ()
    ignore_user_config: Annotated[bool, Flag("--ignore-user-config")] = False
    ignore_rules: Annotated[bool, Flag("--ignore-rules")] = False

    def __post_init__(self) -> None:
        for key, value in self.config_overrides.items():
            if not re.fullmatch(r"[a-zA-Z0-9._]+", key):
                raise InvalidRequest(f"configOverrides: the key {key!r} must match ^[a-zA-Z0-9._]+$.")
            if re.search(r"[\r\n\0]", value):
                raise InvalidRequest(f"configOverrides: the value of {key!r} must not hold CR, LF or NUL.")


class CodexForkRequest(AnyCodexRequest, frozen=True, kw_only=True):
    """Continue a Codex session in a copy, under a new session id. The session itself stays as it is."""

    fork_last: Annotated[bool, Meta(description="Fork the newest session instead of sessionId")] = False
