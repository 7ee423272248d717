"""What a caller asks of a provider."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Style = Literal["value", "equals", "repeat", "comma", "json"]


class Flag(Struct, frozen=True):
    """How one request field becomes command-line arguments.

    Put it into the field's ``Annotated``. A ``bool`` becomes a switch, whatever the style.

    =========  =============================================================
    style      argv of a value
    =========  =============================================================
    value      ``--flag v``; a value with a leading dash is refused
    equals     ``--flag=v``, once for each element of a tuple; any value is safe
    repeat     ``--flag a --flag b``; leading dashes are refused
    comma      ``--flag a,b``; leading dashes and commas are refused
    json       ``--flag=<compact JSON>``
    =========  =============================================================
    """

    name: str
    style: Style = "value"
    new_only: bool = False
    """The CLI refuses this flag when a session is resumed: it is withheld with a warning."""
    since: str = ""
    """First version of the CLI that knows the flag, such as ``2.1.300``."""
    until: str = ""
    """First version of the CLI that no longer knows it."""
    hidden: bool = False
    """The CLI accepts the flag but its help does not list it."""


class HostPath(Struct, frozen=True):
    """Marks a field that names files of this machine.

    The core resolves it against the working directory and checks it. A caller who may not name host paths
    is refused.
    """

    must_exist: bool = True


class LocalOnly(Struct, frozen=True):
    """Marks a field that reaches files or programs of this machine by other ways than a path.

    A caller who may not name host paths is refused where it holds anything.
    """


class PromptParts(Struct, frozen=True, kw_only=True):
    """A prompt in cacheable order: system, tools and context are its stable head, the task varies."""

    task: Annotated[str, Meta(min_length=1)]
    system: str = ""
    tools: str = ""
    context: str = ""


class Request(Struct, frozen=True, kw_only=True, rename="camel"):
    """The parameters that every provider's request shares."""

    prompt: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    prompt_parts: Annotated[PromptParts, Meta(description="Instead of prompt, for caching")] | UnsetType = (
        UNSET
    )
    cache_prefix: Annotated[
        Literal["5m", "1h"] | UnsetType,
        Meta(description="Cache the stable head so long"),
    ] = UNSET
    model: Annotated[str | UnsetType, Meta(description="Model or alias (see list_models)")] = UNSET
    session_id: Annotated[str, Meta(min_length=1, description="Continue this session")] | UnsetType = UNSET
    resume_latest: Annotated[bool, Meta(description="Continue the newest session")] = False
    create_new_session: Annotated[bool, Meta(description="Wins over every resume option")] = False
    working_dir: (
        Annotated[str, Meta(min_length=1, description="Directory to work in"), HostPath()] | UnsetType
    ) = UNSET
    timeout_ms: Annotated[int, Meta(ge=1_000, le=86_400_000, description="Wall-clock limit")] | UnsetType = (
        UNSET
    )
    idle_timeout_ms: (
        Annotated[int, Meta(ge=30_000, le=3_600_000, description="Limit of silence")] | UnsetType
    ) = UNSET
    approval_strategy: Literal["legacy", "mcp_managed"] = "legacy"
    approval_policy: Literal["strict", "balanced", "permissive"] | UnsetType = UNSET
    mcp_servers: Annotated[tuple[str, ...], Meta(description="Configured MCP servers it may use")] = ()
    correlation_id: Annotated[str, Meta(description="Your own trace id")] | UnsetType = UNSET
    optimize_prompt: bool = False
    optimize_response: bool = False
    force_refresh: Annotated[bool, Meta(description="Never share a run or an answer")] = False


T = TypeVar("T")
S = TypeVar("S", bound=Struct)


def given(value: Any) -> bool:
    """Whether a field holds something the caller said, as opposed to nothing at all."""
    return value is not UNSET and value is not None


def chosen(value: T | UnsetType, otherwise: T) -> T:
    """The caller's value, or the fallback where the caller said nothing."""
    return otherwise if isinstance(value, UnsetType) else value


def replace(value: S, **changes: Any) -> S:
    """A copy of a request, an outcome or any other value of ours, with some fields changed."""
    return msgspec.structs.replace(value, **changes)
