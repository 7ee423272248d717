"""What a provider is: the facts a plugin declares once and the core derives everything else from."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from gateway.domain.probes import Command, HomeFile, Package, Probe
from gateway.domain.request import Request

ResumeMode = Literal["new", "latest", "id", "fork"]
Shape = Literal["answer", "lines", "document"]
"""How a reply is rendered: the answer's text, the CLI's own output lines, or one JSON document."""


class Capabilities(Struct, frozen=True, kw_only=True):
    """What the CLI can do."""

    resume: frozenset[ResumeMode] = frozenset({"new"})
    streams: bool = False
    """It prints while it works. Where it does not, silence says nothing and the idle limit is not applied."""
    chooses_session_id: bool = False
    """The caller may choose the id of a new session."""
    resumes_anywhere: bool = True
    """A session can be continued from another directory than the one it was begun in."""
    isolates_mcp: bool = False
    """The CLI can be kept from loading MCP servers of its own configuration."""
    takes_mcp_servers: bool = False
    """MCP servers can be handed to a run."""
    marks_cache: bool = False
    """The stable head of a prompt can be marked as cacheable (``cache_prefix``)."""
    plain: bool = False
    """What it prints is the answer and nothing else: half of it cannot be told from all of it."""
    images: bool = False
    json_schema: bool = False


class Price(Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens. ``models`` is a glob over model names."""

    models: str
    input_usd: float
    output_usd: float
    cache_read_usd: float | None = None
    cache_write_usd: float | None = None


class CachePolicy(Struct, frozen=True, kw_only=True):
    """How the provider's prompt cache behaves."""

    ttl: int
    """Seconds a cached prefix lives after its last use."""
    min_tokens: Mapping[str, int] = {}
    """Smallest cacheable prefix, by model glob; the first match counts."""


class Catalog(Struct, frozen=True, kw_only=True):
    """The models a provider offers."""

    models: Mapping[str, str] = {}
    """Name to description."""
    aliases: Mapping[str, str] = {}
    """Another name to the model that it stands for."""
    default: str | None = None
    source: Literal["bundled", "cli", "config", "env"] = "bundled"


class Tool(Struct, frozen=True):
    """An MCP tool of the provider. ``background`` adds its ``_async`` twin."""

    name: str
    request: type[Request]
    background: bool = True
    needs_tasks: bool = False
    """Nobody should wait for its answer: MCP clients that take no tasks are told so, and use the twin."""


BEARER_VARIABLE = "LLM_GATEWAY_AUTH_TOKEN"
"""The environment variable with the token of our HTTP server. Clients are told its name, not its value."""


class ServersFile(Struct, frozen=True, kw_only=True):
    """Where a client keeps its MCP servers, and how it writes one down."""

    file: HomeFile
    shape: Literal["json", "toml", "toml list"]
    """Entries by name, in JSON (comments allowed) or TOML; or a list of tables that each have a ``name``."""
    key: str
    """What the servers stand below."""
    stdio: Mapping[str, str] = {}
    """What an entry holds beside ``command``, ``args`` and ``env``."""
    http: Mapping[str, str] = {}
    """What an entry holds beside ``url``."""
    token: Mapping[str, Any] = {}
    """What makes it send the token of an HTTP server, found in ``BEARER_VARIABLE``."""
    names: str = ""
    """The key of a list of variables that it hands on from its own environment; for one that hands on few."""
    reference: str = ""
    """What stands in ``env`` for such a variable, with ``NAME`` for its name, where there is no such list."""
    addresses: bool = True
    """Whether an entry may be the address of a server; False: the client only starts what stands in the file."""
    limit: Mapping[str, float] = {}
    """The key of its time limit for a call, and how many of its units are a second."""
    verify: str = ""
    """How a person sees that it has connected: a command."""


class Client(Struct, frozen=True, kw_only=True):
    """A program as an MCP client of ours."""

    title: str = ""
    """For people; default: the provider's."""
    names: tuple[str, ...] = ()
    """What it calls itself in ``clientInfo``; globs."""
    call_limit: float | None = None
    """Seconds after which it gives up on a tool call; None: not known."""
    markers: tuple[str, ...] = ()
    """Environment variables it sets for what it starts. They never reach a run."""
    servers: ServersFile | None = None
    """Where our entry goes; None: nobody has said."""


class ProviderInfo(Struct, frozen=True, kw_only=True):
    """Who a provider is. Everything that is a constant is a field here, not a hook."""

    name: str
    """A short word: it becomes tool names, resource names and the word on the command line."""
    title: str
    """For people, such as ``Acme Code``."""
    executable: str
    """The command, as on PATH."""
    request: type[Request]
    """What a caller may ask: your own subclass of `Request`. Its docstring describes the tool to models."""
    tools: tuple[Tool, ...] = ()
    """Default: one tool, ``<name>_request``."""
    capabilities: Capabilities = Capabilities()
    session_id: str = r"[A-Za-z0-9][\w.-]*"
    """Regular expression of the CLI's own session ids."""
    formats: Mapping[str, Shape] = msgspec.field(
        default_factory=lambda: {"text": "answer", "json": "document"}
    )
    """Each value of the request's ``output_format`` and how the reply is rendered for it."""
    prompt_limit: int = 10 * 1024 * 1024
    """Bytes of UTF-8 the CLI takes as a prompt."""
    mentions: str = ""
    """Regular expression whose matches make the CLI read a file, with no tool call. They are defused for
    callers who may not name host paths: a word joiner (U+2060) is put behind the match."""
    idle_timeout: float = 600.0
    """Seconds without output after which a streaming CLI is stopped."""
    grace: float = 5.0
    """Seconds between asking the CLI to end and ending it."""
    env: tuple[str, ...] = ()
    """Names, or globs, of the environment variables the CLI may see beyond the base set: home, PATH, user, language,
    terminal, folders for temporary files, proxies and certificates."""
    secrets: tuple[str, ...] = ()
    """Regular expressions of the provider's keys; what matches is never stored or shown."""
    install: tuple[str, ...] = ()
    """Shell commands that install the CLI, for people to read."""
    login: str = ""
    """How to log in, for people to read."""
    docs: str = ""
    version: Command = Command(("--version",))
    help: tuple[Command, ...] = (Command(("--help",)),)
    """Commands whose output lists the flags."""
    base_flags: tuple[str, ...] = ()
    """Flags the plugin may pass beside those of the request's fields."""
    latest: Package | None = None
    """Where the newest release is looked up."""
    catalog: Catalog = Catalog()
    prices: tuple[Price, ...] = ()
    priced_as_of: str = ""
    """ISO date of the price list."""
    cache: CachePolicy | None = None
    client: Client | None = None
    """The CLI itself as an MCP client of ours."""
    clients: Mapping[str, Client] = {}
    """Other programs of the vendor that may be our clients, by their words for ``gateway setup``."""
    login_probes: tuple[Probe, ...] = ()
    model_probes: tuple[Probe, ...] = ()
    upgrade_probes: tuple[Probe, ...] = ()
    check_probes: tuple[HomeFile | Command, ...] = ()

    def all_clients(self) -> dict[str, Client]:
        """The CLI as a client, where it is one, and the vendor's other programs, by their words."""
        own = {} if self.client is None else {self.name: self.client}
        return {
            word: msgspec.structs.replace(client, title=client.title or self.title)
            for word, client in (own | dict(self.clients)).items()
        }

    def offered(self) -> tuple[Tool, ...]:
        """The provider's tools, with the default filled in."""
        return self.tools or (Tool(f"{self.name}_request", self.request),)
