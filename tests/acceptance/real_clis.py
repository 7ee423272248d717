"""What each plugin knows of its real CLI: the constants of `plugins/*/tests/real_cli.py`, by the provider's name."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PLUGINS = Path(__file__).parents[2] / "plugins"


class Direct(NamedTuple):
    """How the CLI is run without the gateway, with its prompt on standard input, and how its output reads."""

    new: tuple[str, ...]
    resume: tuple[str, ...]
    """`SESSION` stands for the id of the session."""
    shell_allowed: tuple[str, ...]
    """What lets the model's shell commands run; it goes to the end of `new`, in front of `prompt`."""
    answer: Callable[[str], str]
    session: Callable[[str], str]
    exits: dict[str, int]
    """With which exit status it ends for these words of the mock."""
    prompt: tuple[str, ...] = ()
    """What says that the prompt is on standard input."""
    counts: bool = True
    """Whether it prints how many tokens were used."""
    schema_field: str = ""
    """Where the answer to a JSON schema stands; empty: it takes no schema."""
    leftover: str = ""
    """A lock below HOME that it may leave behind, for which its next run waits 13 to 52 s."""


class Servers(NamedTuple):
    """How the CLI, as a client, is given MCP servers and shows them."""

    add: tuple[str, ...]
    """Its own command for one that is called ``kept-by-setup``."""
    sign: str
    """What its model is told, as JSON, once it has connected to a server called ``gateway``."""
    list: tuple[str, ...] = ()
    """What lists the servers."""
    connected: str = ""
    """What that says of one that works."""


class Older(NamedTuple):
    """An older release that is spoken to as far as it goes."""

    version: str
    withheld: list[str]
    """The parameters that it does not know."""
    session: bool
    """Whether it tells its session."""
    tokens: int | None
    """The input tokens that it tells of a turn."""


class Listed(NamedTuple):
    """The list of models that its vendor's API tells."""

    path: str
    """A pattern of where it is asked for."""
    models: dict[str, dict[str, Any]]
    """Names, and what is told of each beside what is told of any model."""
    header: str = ""
    """What the CLI sends with the question, where others ask at that place, too."""


class RealCli(NamedTuple):
    """One CLI, and what comes of the requests to its provider."""

    cli: str
    """Its executable."""
    version: str
    """The release that all this is known of."""
    environment: dict[str, str]
    """What keeps it offline. The texts may hold `$url`, the mock's address, and `$home`, the HOME."""
    keys: set[str]
    """Which of these are secrets."""
    full: dict[str, Any]
    """What lets the model's shell commands run."""
    turn: dict[str, Any]
    """What is told of a turn: the mock's counts, as far as the CLI hands them on."""
    forms: dict[str, Any]
    """What an answer looks like for each `outputFormat`: see `tests/acceptance/forms.py`."""
    parameters: dict[str, Any]
    """A request that says as much as one request can: the CLI must take all the flags of it."""
    direct: Direct
    servers: Servers | None = None
    listed: Listed | None = None
    side: tuple[str, str] | None = None
    """The header of the CLI's own questions to the model, and how its value begins where it is not empty."""
    files: dict[str, str] = {}
    """What it needs besides, by places below HOME."""
    gateway: str = ""
    """What the gateway's configuration has to say."""
    markers: tuple[str, ...] = ()
    """Variables that it sets for what it starts; no other CLI is to see them."""
    may_see: set[str] = set()
    """Further variables that it may see where they are set."""
    mentioned: str = ""
    """Where it reads a file that a prompt mentions, with no tool call: `home`, `work`, or nowhere."""
    fields: dict[str, Any] = {}
    """What every request says."""
    endings: dict[str, str] = {}
    """Failures that come to something else than they do elsewhere: see `tests/acceptance/failures.py`."""
    session_at_the_end: bool = False
    stopped: str = "provider_error"
    """What a run comes to that a stranger ends."""
    another_model: bool = False
    tools_told_late: bool = False
    fork: tuple[str, dict[str, Any], dict[str, Any]] | None = None
    """The tool that forks a session, what it is told beside a session's id, and what for the newest one."""
    older: Older | None = None
    npm: str = ""
    """Its package."""
    npm_script: bool = False
    """Whether the package's install script must run."""
    script: str = ""
    """A script beside the constants that installs it into a folder."""
    scratch: tuple[str, ...] = ()
    """Variables that name folders into which an install script would write."""
    upgraded_from: str = ""
    """An older release of the package."""
    uv: tuple[str, str, str] | None = None


def _read(path: Path) -> RealCli:
    known = {name.lower(): value for name, value in runpy.run_path(str(path)).items() if name.isupper()}
    direct = Direct(**known.pop("direct"))
    older = Older(**known.pop("older")) if "older" in known else None
    servers = Servers(**known.pop("servers")) if "servers" in known else None
    listed = Listed(**known.pop("listed")) if "listed" in known else None
    if "script" in known:
        known["script"] = str(path.with_name(known["script"]))
    return RealCli(**known, direct=direct, older=older, servers=servers, listed=listed)


PROVIDERS = {path.parts[-3]: _read(path) for path in sorted(PLUGINS.glob("*/tests/real_cli.py"))}
CLIS = {provider.cli: provider for provider in PROVIDERS.values()}
