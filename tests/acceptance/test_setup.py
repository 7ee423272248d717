"""What `gateway setup` writes is what the real CLIs read: they list the server and connect to it."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from .direct_runs import Cli
from .homes import Home
from .mock_api import MockApi, encode_command
from .real_clis import CLIS, Servers

PATIENCE = 60
GATEWAY = (sys.executable, "-m", "gateway")
OTHER = "kept-by-setup"
"""Another server, which the CLI's own command puts into the same file."""
CLIENTS = {name: cli.servers for name, cli in CLIS.items() if cli.servers}
LISTING = {name: servers for name, servers in CLIENTS.items() if servers.list}


class Client(NamedTuple):
    """A real CLI as a client of ours."""

    name: str
    cli: Cli
    servers: Servers

    def says(self, *words: str) -> str:
        """What a command of the CLI prints, on both streams. Some fail where any server does."""
        done = subprocess.run(
            (self.cli.path, *words),
            cwd=self.cli.home.work, env=self.cli.home.environment, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def setup(self, *words: str) -> dict[str, str]:
        """What `gateway setup` did."""
        done = subprocess.run(
            (*GATEWAY, "setup", self.name, "--json", *words),
            cwd=self.cli.home.work, env=self.cli.home.environment, capture_output=True, text=True, timeout=PATIENCE,
            check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    def connects(self, mock: MockApi) -> bool:
        """Whether a run connects to us, by what the model is told. Many ask it before their servers have answered."""
        word = uuid4().hex
        self.cli.ask(f"{encode_command('sleep 4')} {word}", *self.cli.direct.shell_allowed)
        return any(self.servers.sign in json.dumps(request.body) for request in mock.requests(word))


@pytest.fixture
def client(name: str, cli_path: Callable[[str], str], home: Callable[..., Home]) -> Client:
    """The CLI in a fresh home, with a server of its own choice."""
    made = Client(name, Cli(cli_path(name), CLIS[name].direct, home(name)), CLIENTS[name])
    made.says(*made.servers.add)
    return made


@pytest.mark.parametrize("name", CLIENTS)
def test_what_comes_and_goes_leaves_the_clis_own_file_as_it_was(client: Client):
    file = Path(client.setup("--print")["path"])
    before = file.read_bytes()
    assert OTHER.encode() in before
    written = client.setup("--write")
    assert Path(written["copy"]).read_bytes() == before
    client.setup("--remove")
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", LISTING)
def test_the_cli_lists_the_server_as_connected(client: Client):
    client.setup("--write")
    told = client.says(*client.servers.list)
    ours = told[told.index("gateway") :].replace(OTHER, "\n\n").partition("\n\n")[0]
    assert (OTHER in told, client.servers.connected in ours) == (True, True)
    client.setup("--remove")
    told = client.says(*client.servers.list)
    assert (OTHER in told, "gateway" in told) == (True, False)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_run_of_the_cli_connects(client: Client, mock: MockApi):
    assert not client.connects(mock)
    client.setup("--write")
    assert client.connects(mock)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_run_of_the_cli_connects_over_http_with_the_token_of_the_file(client: Client, mock: MockApi):
    home = client.cli.home
    with listening(home) as url:
        written = client.setup("--write", "--http", url)
        assert not client.connects(mock)
        home.environment["LLM_GATEWAY_AUTH_TOKEN"] = Path(written["token_file"]).read_text().strip()
        assert client.connects(mock)


@contextmanager
def listening(home: Home) -> Iterator[str]:
    """The address of a `gateway serve --http`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen(
        (*GATEWAY, "serve", "--http", address),
        cwd=home.work, env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stderr is not None
        try:
            next(line for line in server.stderr if address in line)
            yield f"http://{address}/mcp"
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE)
