"""The programs that a plugin tells of, beside its CLI."""

import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config import Config
from gateway.domain.launch import McpServer
from gateway.domain.probes import HomeFile
from gateway.domain.provider import Client, ServersFile
from gateway.errors import InvalidRequest
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.service.clients import known_clients
from gateway.service.setup import Place, place, places, remove, write
from gateway.service.surroundings import Surroundings

DESKTOP = Client(
    title="Echo Desktop",
    names=("echo-desktop",),
    markers=("ECHO_DESKTOP",),
    servers=ServersFile(
        file=HomeFile("Echo/echo.json", settings=True),
        shape="json",
        key="mcpServers",
        addresses=False,
        verify="Its settings list it.",
    ),
)
STARTED = McpServer(name="gateway", command="/bin/gateway", args=("serve",))
REACHED = McpServer(name="gateway", url="http://127.0.0.1:3333/mcp")


@pytest.fixture
def two(plugins: Plugins) -> Plugins:
    """Echo, whose vendor has a program with windows as well, and another one without a title."""
    info = plugins.providers["echo"].info
    more = replace(info, clients={"echo-desktop": DESKTOP, "echo-web": Client()})
    return replace(plugins, providers={"echo": Provider(more, plugins.providers["echo"]._hooks)})


def found(plugins: Plugins, server: McpServer, home: Path) -> dict[str, Place]:
    environ = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "settings")}
    return places(plugins, server, limit=100.0, environ=environ)


def test_all_programs_of_a_vendor_are_known_by_their_words(two: Plugins) -> None:
    titles = {word: client.title for word, client in known_clients(two).items() if word.startswith("echo")}
    assert titles == {"echo": "Echo", "echo-desktop": "Echo Desktop", "echo-web": "Echo"}


def test_our_entry_comes_into_the_file_of_each_and_goes_again(two: Plugins, tmp_path: Path) -> None:
    desktop = place(found(two, STARTED, tmp_path), two, "echo-desktop")
    Path(desktop.path).parent.mkdir(parents=True)
    Path(desktop.path).write_text('{"theme": "dark"}')
    write(desktop)
    entry = {"command": "/bin/gateway", "args": ["serve"]}
    assert json.loads(Path(desktop.path).read_text()) == {"theme": "dark", "mcpServers": {"gateway": entry}}
    remove(desktop)
    assert json.loads(Path(desktop.path).read_text())["theme"] == "dark"


def test_a_client_that_takes_no_address_is_given_none(two: Plugins, tmp_path: Path) -> None:
    reached = found(two, REACHED, tmp_path)
    assert (found(two, STARTED, tmp_path).keys() - reached.keys(), "echo" in reached) == (
        {"echo-desktop"},
        True,
    )
    with pytest.raises(InvalidRequest, match="Echo Desktop only starts the servers that stand in its file"):
        place(reached, two, "echo-desktop")


def test_what_such_a_program_sets_reaches_no_run(two: Plugins) -> None:
    environ = {"PATH": os.defpath, "ECHO_DESKTOP": "1", "ECHO_CLIENT": "1", "ECHO_KEY": "k"}
    seen = Surroundings(Config(), two, environ).environ(two.providers["echo"])
    assert {name for name in seen if name.startswith("ECHO")} == {"ECHO_KEY"}
