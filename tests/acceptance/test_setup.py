"""What `gateway setup` writes is what the real CLIs read: they list the server, connect to it and offer its tools."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from .direct_runs import DIRECT, Cli
from .homes import Home
from .mock_api import MockApi

PATIENCE = 60
GATEWAY = (sys.executable, "-m", "gateway")
SIGNS = {
    "claude": "mcp__gateway__consensus_check",
    "codex": "mcp__gateway: ",
    "gemini": "instructions provided by the tool server 'gateway'",
    "grok": "MCP server connected:\\n- gateway (",
    "vibe": "- mcp_gateway\\n",
}
"""What the model is told once the CLI has connected to us: most offer tools only when they are searched for."""
OTHER = "kept-by-setup"
"""Another server, which the CLI's own command puts into the same file."""

ADD = {
    "claude": ("mcp", "add", "--scope", "user", OTHER, "--", "true"),
    "codex": ("mcp", "add", OTHER, "--", "true"),
    "gemini": ("mcp", "add", "--scope", "user", OTHER, "true"),
    "grok": ("mcp", "add", OTHER, "--", "true"),
    "vibe": ("mcp", "add", OTHER, "--transport", "stdio", "--command", "true"),
}
LIST = {
    "claude": ("mcp", "list"),
    "codex": ("mcp", "list"),
    "gemini": ("mcp", "list"),
    "grok": ("mcp", "doctor"),
}
"""What shows the servers. vibe lists them in its terminal only."""
CONNECTED = {"claude": "✔ Connected", "gemini": "- Connected", "grok": "tools discovered", "codex": "enabled"}
FILES = {
    "claude": ".claude.json",
    "codex": ".codex/config.toml",
    "gemini": ".gemini/settings.json",
    "grok": ".grok/config.toml",
    "vibe": ".vibe/config.toml",
}


@pytest.fixture(params=DIRECT)
def cli(request: pytest.FixtureRequest, cli_path: Callable[[str], str], home: Callable[..., Home]) -> Cli:
    """Each of the CLIs in a fresh home, with a server of its own choice."""
    made = Cli(cli_path(request.param), DIRECT[request.param], home(request.param))
    said(made.home, made.path, *ADD[request.param])
    return made


@pytest.fixture
def name(cli: Cli) -> str:
    return Path(cli.path).name


@pytest.fixture
def file(cli: Cli, name: str) -> Path:
    """The file in which the CLI keeps its servers."""
    return cli.home.folder / FILES[name]


def said(home: Home, *words: str, check: bool = True) -> str:
    """What a command prints, on both streams. grok fails where any server does."""
    done = subprocess.run(
        words,
        cwd=home.work,
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=check,
    )
    return done.stdout + done.stderr


def setup(home: Home, *words: str) -> dict[str, str]:
    """What `gateway setup` did."""
    done = subprocess.run(
        (*GATEWAY, "setup", "--json", *words),
        cwd=home.work, env=home.environment, capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def connects(cli: Cli, mock: MockApi) -> bool:
    """Whether a run of the CLI connects to us, by what its model is told."""
    word = uuid4().hex
    cli.ask(f"Hello {word}")
    sign = SIGNS[Path(cli.path).name]
    return any(sign in json.dumps(request.body) for request in mock.requests(word))


def part_of(server: str, text: str) -> str:
    """What a list says of one server: its line, and those below that are its own."""
    return text[text.index(server) :].replace(OTHER, "\n\n").partition("\n\n")[0]


def test_what_comes_and_goes_leaves_the_clis_own_file_as_it_was(cli: Cli, name: str, file: Path):
    before = file.read_bytes()
    written = setup(cli.home, name, "--write")
    assert (written["path"], Path(written["copy"]).read_bytes()) == (str(file), before)
    setup(cli.home, name, "--remove")
    assert file.read_bytes() == before


def test_the_cli_lists_the_server_as_connected(cli: Cli, name: str):
    if name not in LIST:
        pytest.skip(f"{name} has no command that lists servers")
    setup(cli.home, name, "--write")
    told = said(cli.home, cli.path, *LIST[name], check=False)
    assert OTHER in told
    assert CONNECTED[name] in part_of("gateway", told)
    setup(cli.home, name, "--remove")
    told = said(cli.home, cli.path, *LIST[name], check=False)
    assert (OTHER in told, "gateway" in told) == (True, False)


def test_a_run_of_the_cli_connects(cli: Cli, name: str, mock: MockApi):
    assert not connects(cli, mock)
    setup(cli.home, name, "--write")
    assert connects(cli, mock)


def test_a_run_of_the_cli_connects_over_http_with_the_token_of_the_file(cli: Cli, name: str, mock: MockApi):
    with listening(cli.home) as url:
        written = setup(cli.home, name, "--write", "--http", url)
        assert not connects(cli, mock)
        cli.home.environment["LLM_GATEWAY_AUTH_TOKEN"] = Path(written["token_file"]).read_text().strip()
        assert connects(cli, mock)


@contextmanager
def listening(home: Home) -> Iterator[str]:
    """The address of a `gateway serve --http`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        (*GATEWAY, "serve", "--http", address),
        cwd=home.work,
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        try:
            next(line for line in server.stderr if address in line)
            yield f"http://{address}/mcp"
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE)
