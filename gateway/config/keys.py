"""Every key of the file, with its type, its default and its meaning: what is declared here can be configured.

A Struct is a table of the file, a `dict` of Structs is one table for each name. The string behind a field is its
meaning in `docs/configuration.md`, which is made from this file.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from gateway.domain.launch import McpServer

Seconds = Annotated[float, Meta(gt=0)]
Profile = Literal["full", "compact"]
Secrets = Annotated[dict[str, str], Meta(extra={"secret": True})]
Secret = Annotated[str, Meta(extra={"secret": True})]
"""What ``gateway config show`` does not show."""


class ProviderConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """``[providers.NAME]``: what the user says about one provider."""

    executable: str = ""
    """Path of the CLI, where it is not on PATH."""
    env: tuple[str, ...] = ()
    """More environment variables, by name or glob, that its processes may see."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """``[limits]``: what no run may exceed."""

    wall_clock: Seconds = 3600.0
    """Seconds a run may take where the request does not say."""
    output: Annotated[int, Meta(ge=1024)] = 50 * 1024 * 1024
    """Bytes of stdout and stderr together."""
    concurrency: Annotated[int, Meta(ge=1)] = 32
    """Runs at once, in one gateway."""
    per_provider: Annotated[int, Meta(ge=1)] = 16
    queue: Annotated[int, Meta(ge=0)] = 128
    """Requests that may wait for a place."""
    queue_wait: Seconds = 120.0
    """Seconds that a request may wait for a place."""
    answer_wait: Seconds = 600.0
    """Seconds that a request may wait for a person's answer."""


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    """``[retry]``: what happens when a provider fails before it has done anything."""

    attempts: Annotated[int, Meta(ge=1, le=10)] = 3
    backoff: Seconds = 1.0
    """Seconds before the second attempt; doubled before each further one."""
    breaker_failures: Annotated[int, Meta(ge=1)] = 5
    """Failures in a row after which a provider is left alone."""
    breaker_reset: Seconds = 60.0
    """Seconds for which it is left alone."""


class Persistence(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """``[persistence]``: what is kept, where and for how long. The names are those of 1.7.0."""

    backend: Literal["sqlite", "memory", "none"] = "sqlite"
    """``memory`` forgets everything when the gateway ends; ``none`` has no jobs that one could come back for."""
    retention_days: Annotated[float, Meta(gt=0)] = 30.0
    """Days for which ended jobs are kept, with their flights and output, and the last crash of a plugin."""
    dedup_window_ms: Annotated[int, Meta(ge=0)] = 3_600_000
    """Milliseconds for which a finished answer may serve an identical request; 0: never."""
    acknowledge_ephemeral: bool = False
    """Says that you know that ``memory`` forgets."""

    def __post_init__(self) -> None:
        if self.backend == "memory" and not self.acknowledge_ephemeral:
            raise ValueError(
                "backend = 'memory' is ephemeral: set acknowledgeEphemeral = true if that is meant"
            )

    @property
    def durable(self) -> bool:
        """Whether there are jobs that one can come back for."""
        return self.backend != "none"


class CacheAwareness(Struct, frozen=True, forbid_unknown_fields=True):
    """``[cache_awareness]``: what is done about the providers' prompt caches. The names are those of 1.7.0."""

    emit_anthropic_cache_control: bool = False
    """Mark the stable head of every ``promptParts`` as cacheable, where the provider takes marks."""
    anthropic_ttl_seconds: Literal[300, 3600] = 300
    warn_on_ttl_expiry: bool = False
    """Warn when the cached head of a session is about to expire, or departs from the one before."""
    min_stable_tokens_for_cache_control: dict[str, Annotated[int, Meta(gt=0)]] = {}
    """Smallest head worth a mark, by a word in the model's name; ``default`` for the others."""


class McpServerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """``[mcp_servers.NAME]``: an MCP server that requests may name in ``mcpServers``."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: Secrets = {}
    url: str = ""
    headers: Secrets = {}


class Http(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[http]``: the server for clients that come over the network."""

    listen: str = "127.0.0.1:3333"
    path: str = "/mcp"
    hosts: tuple[str, ...] = ()
    """More names by which clients reach this server, such as a proxy's; requests for other names are refused."""
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^\s/?#]+\S*)?$", extra={"secret": True})] = ""
    """The address by which others reach it, through a proxy or a tunnel. Its name joins ``hosts``."""
    verify_public_url: bool = False
    """Whether ``gateway doctor`` asks for that address; with ``--deep`` it always does."""
    tunnel: str = ""
    """The name of the tunnel that leads to it, for ``gateway doctor``."""
    tokens: Secrets = {}
    """``[http.tokens]``: bearer tokens by the name of who has them, as they are or as ``sha256:`` and the digest."""
    token: Secret = ""
    """One more token, for whoever needs no name of their own."""
    auth: Literal["token", "none"] = "token"
    """``none`` lets everybody of this machine in, as one caller without a name. It opens no other address."""
    open_paths: Annotated[tuple[str, ...], Meta(extra={"secret": True})] = ()
    """Further addresses that need no token, for they are secrets themselves. Each is a caller of its own."""
    body: Annotated[int, Meta(ge=1024)] = 16 * 1024 * 1024
    """Bytes of one request."""
    connections: Annotated[int, Meta(ge=1)] = 256
    sessions: Annotated[int, Meta(ge=1)] = 256
    session_idle: Seconds = 1800.0
    """Seconds without a request or an open stream after which a client's session ends. Its jobs go on."""
    status_page: Literal["own", "all", "off"] = "own"
    """Whose jobs the page at ``/`` shows: those of whoever looks, or everybody's, those of this machine included."""


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be configured."""

    state: str = ""
    """Folder of the database and of the jobs' output, relative to the file; empty: the platform's state folder."""
    sync_jobs_at_exit: Literal["leave", "stop"] = "leave"
    """What becomes of sync requests that still run when their gateway ends: they go on as jobs, or are stopped."""
    sync_deadline_ms: Annotated[int, Meta(ge=0)] | None = None
    """After this a sync request that still runs is handed over as a job; 0: never. Else as the client needs it."""
    session_ttl: Seconds = 2_592_000.0
    """Seconds after its last use for which a session is known."""
    approval_policy: Literal["strict", "balanced", "permissive"] = "balanced"
    """The policy of managed approval where a request names none."""
    ask_for_approval: bool = False
    """Whether what managed approval denies is put to the person behind the client, where it can show forms. What the
    client says they answered is believed."""
    approval_previews: bool = False
    """Whether decisions of the managed approval keep the beginning of the prompt."""
    flight_bodies: bool = True
    """Whether prompts and answers are kept in the database."""
    env: tuple[str, ...] = ()
    """More environment variables, by name or glob, that every provider's processes may see."""
    profile: Profile = "full"
    """The tools that MCP clients are offered: ``full``, or ``compact``, one tool for all providers and few others."""
    skills: tuple[str, ...] = ()
    """Folders of skills, which come beside ours or replace them; relative to the file. The last one wins."""
    lease: Seconds = 10.0
    """Seconds a job stays a gateway's without a sign of life; then another gateway may take it over."""
    heartbeat: Seconds = 2.5
    """Seconds between two signs of life."""
    transport: Literal["stdio", "http"] = "stdio"
    """What ``gateway serve`` serves where it is not told."""
    workspaces: dict[str, str] = {}
    """``[workspaces]``: the folders that remote callers may work in, by name; relative to the file."""
    http: Http = Http()
    persistence: Persistence = Persistence()
    limits: Limits = Limits()
    retry: Retry = Retry()
    cache_awareness: CacheAwareness = CacheAwareness()
    providers: dict[str, ProviderConfig] = {}
    mcp_servers: dict[str, McpServerConfig] = {}
    plugins: Annotated[dict[str, dict[str, Any]], Meta(extra={"secret": True})] = {}
    """``[plugins.NAME]``: what a plugin wants to be told; see its README."""

    def provider(self, name: str) -> ProviderConfig:
        return self.providers.get(name, ProviderConfig())

    def servers(self, names: tuple[str, ...]) -> tuple[list[McpServer], list[str]]:
        """The configured MCP servers of these names, and the names that are not configured."""
        there = [name for name in dict.fromkeys(names) if name in self.mcp_servers]
        missing = [name for name in dict.fromkeys(names) if name not in self.mcp_servers]
        return [
            McpServer(name=name, **msgspec.structs.asdict(self.mcp_servers[name])) for name in there
        ], missing
