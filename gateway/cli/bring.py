"""``gateway import``: brings over what version 1.7.0 kept."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack

import click
import msgspec

from gateway.cli import local
from gateway.cli.main import run
from gateway.cli.output import clean, complain, show_json, show_table
from gateway.config import former_places
from gateway.errors import InvalidRequest
from gateway.plugin.manager import Plugins
from gateway.rules.redact import Redactor
from gateway.service.former_files import Source, sources
from gateway.service.importing import Brought, Import, problems

SHOWN = 20
"""Unreadable entries that are told one by one to a person; ``--json`` tells all."""


@click.command("import")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--write/--dry-run", default=False, help="Do it; else it is only told what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], *, write: bool, as_json: bool) -> None:
    """Bring over the sessions, flights and approvals that version 1.7.0 kept.

    PATH is a folder of it, or one of its files; without one it is looked for where it was told to keep things, and
    in ~/.llm-cli-gateway. It is only read, and nothing that is here already is changed: do it as often as you like.
    """
    local.require_database()
    for path in paths:
        _refuse_own(path)
    found = [source for path in paths for source in sources(path)] or ([] if paths else _usual())
    brought = run(lambda _: _brought(local.plugins(ctx), found, write=write))
    if as_json:
        show_json(written=write, sources=[msgspec.to_builtins(each) for each in brought])
        return
    _show(brought, write=write)


def _refuse_own(path: str) -> None:
    """Refuse what would be brought over into itself."""
    own = os.path.join(local.config().state, "gateway.db")
    if os.path.exists(own) and os.path.exists(path) and os.path.samefile(path, own):
        raise InvalidRequest(
            f"{path} is this gateway's own database: all that is in it is here already.",
            hint="Name a folder of version 1.7.0, or one of its files.",
        )


def _usual() -> list[Source]:
    """Everything that is where version 1.7.0 keeps things."""
    known = local.configuration()
    there = [path for path in former_places(known, os.environ) if os.path.exists(path)]
    return list(dict.fromkeys(source for path in there for source in sources(path)))


async def _brought(plugins: Plugins, found: Sequence[Source], *, write: bool) -> list[Brought]:
    config = local.config()
    redact = Redactor([secret for each in plugins.providers.values() for secret in each.info.secrets])
    async with AsyncExitStack() as stack:
        there = write or os.path.exists(os.path.join(config.state, "gateway.db"))
        database = await stack.enter_async_context(local.database()) if there and found else None
        importing = Import(config, redact, database)
        return [await importing.bring(source, write=write) for source in found]


def _show(brought: Sequence[Brought], *, write: bool) -> None:
    if not brought:
        click.echo("There is nothing of version 1.7.0.")
        return
    columns = ("what", "from", "found", "brought" if write else "new", "here already", "unreadable")
    show_table(columns, [_row(each) for each in brought])
    wrong = problems(brought)
    for path, each in wrong[:SHOWN]:
        complain(clean(f"{path}: {each.place}: {each.reason}"))
    if len(wrong) > SHOWN:
        complain(f"{len(wrong) - SHOWN} more could not be read; --json tells all.")
    expiring = sum(each.expiring for each in brought)
    if expiring:
        days = local.config().persistence.retention_days
        complain(
            f"{expiring} flights are older than {days:g} days: the next gateway removes them.",
            "Raise retentionDays of [persistence] first to keep them.",
        )
    if not write:
        click.echo("Nothing was written: this was a dry run. `gateway import --write` brings it over.")


def _row(each: Brought) -> tuple[object, ...]:
    return each.kind, each.path, each.found, each.new, each.found - each.new, len(each.unreadable)
