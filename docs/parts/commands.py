"""The commands as click has them, and the exit codes."""

import inspect
import re

import click

from gateway.cli.ask import Providers
from gateway.cli.exits import EXITS, MEANINGS
from gateway.cli.main import main
from parts.source import table

GLOBAL = ("help",)
KEPT = re.compile(r"^\x08\n(.*?)(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
"""A paragraph that click does not wrap."""


def commands() -> str:
    """A section for each command, those of groups behind their group."""
    root = click.Context(main, info_name="gateway")
    return "\n\n".join(_section(command, context) for command, context in _walk(main, root))


def _walk(group: click.Group, context: click.Context) -> list[tuple[click.Command, click.Context]]:
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context)
        found.append((command, below))
        if isinstance(command, click.Group) and not isinstance(command, Providers):
            found += _walk(command, below)
    return found


def _section(command: click.Command, context: click.Context) -> str:
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    words = KEPT.sub(r"```sh\n\1\n```", inspect.cleandoc(command.help or ""))
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    rows = [_row(option, context) for option in options if option.name not in GLOBAL]
    parts = [f"### `{context.command_path}`", f"```\n{usage}\n```", words]
    return "\n\n".join((*parts, *([table(("option", "meaning"), rows)] if rows else ())))


def _row(option: click.Option, context: click.Context) -> tuple[str, str]:
    record = option.get_help_record(context) or ("", "")
    return f"`{record[0]}`", record[1]


def exits() -> str:
    rows = [
        (f"`{code}`", words, ", ".join(f"`{ending}`" for ending, its in EXITS.items() if its == code))
        for code, words in MEANINGS.items()
    ]
    return table(("code", "meaning", "endings"), rows)
