"""Every command that has ``--json`` prints JSON with the version of its shape, and a failure too."""

import json
from collections.abc import Iterator

import click
import pytest

from gateway.cli.ask import Providers
from gateway.cli.main import main
from gateway.cli.output import SCHEMA_VERSION

NOBODY = "00000000-0000-0000-0000-000000000000"
QUICK: dict[str, tuple[str, ...]] = {
    "config check": (),
    "config path": (),
    "config show": (),
    "contracts": (),
    "doctor": (),
    "flights list": (),
    "flights show": (NOBODY,),
    "flights stats": (),
    "import": (),
    "jobs cancel": (NOBODY,),
    "jobs list": (),
    "jobs prune": (),
    "jobs result": (NOBODY,),
    "jobs show": (NOBODY,),
    "jobs watch": (NOBODY,),
    "models": (),
    "plugins": (),
    "plugins list": (),
    "plugins new": ("gateway-plugin-nothing",),
    "plugins show": ("gateway.testing.echo",),
    "ps": (),
    "receipt show": (NOBODY,),
    "receipt verify": ("-",),
    "setup": (),
}
"""What each is called with."""
SLOW = ("hello", "plugins check", "plugins install", "plugins uninstall")
"""What starts servers, batteries or pip: see their own tests."""


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """All commands below a group, with the words that call them; the providers' own are made from one mold."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context)
        yield below.command_path.removeprefix("gateway "), command
        if isinstance(command, click.Group) and not isinstance(command, Providers):
            yield from commands(command, below)


def test_every_command_with_json_is_tried_here() -> None:
    every = commands(main, click.Context(main, info_name="gateway"))
    telling = {words for words, command in every if any("--json" in each.opts for each in command.params)}
    assert telling == QUICK.keys() | set(SLOW)


@pytest.mark.parametrize("words", QUICK)
def test_what_a_command_prints_says_the_version_of_its_shape(
    invoke, words: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*words.split(), "--json", *QUICK[words])
    assert json.loads(result.stdout)["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize("words", [*QUICK, *SLOW])
def test_a_mistake_on_the_line_says_it_too(invoke, words: str) -> None:
    result = invoke(*words.split(), "--json", "--no-such-option")
    told = json.loads(result.stdout)
    assert (told["schema_version"], told["ending"], result.exit_code) == (SCHEMA_VERSION, "input_invalid", 2)
    assert told["remedy"]


def test_a_provider_says_it_too(invoke) -> None:
    assert json.loads(invoke("ask", "echo", "--json", "hi").stdout)["schema_version"] == SCHEMA_VERSION
