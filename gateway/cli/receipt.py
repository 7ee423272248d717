"""``gateway receipt``: what a panel was asked and what came of it, sealed against every change."""

from typing import Any, BinaryIO

import click
import msgspec

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import complain, show_facts, show_json, show_table, told
from gateway.domain.caller import LOCAL
from gateway.domain.panels import Panel
from gateway.errors import NotFound
from gateway.service import receipts
from gateway.store import panels

COLUMNS = ("provider", "role", "verdict", "ending", "model", "cli version", "stated")


@click.group("receipt")
def command() -> None:
    """Show and check the receipts of panels."""


@command.command("verify")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(ctx: click.Context, *, file: BinaryIO, as_json: bool) -> None:
    """Check that a receipt is as it was sealed, to the byte. Nothing but the file is needed.

    The exit code is 0 for an intact receipt and 1 for any other; then each place that was changed is named.
    """
    flaws = receipts.verify(file.read())
    if as_json:
        show_json(intact=not flaws, flaws=[told(flaw) for flaw in flaws])
    elif not flaws:
        click.echo("The receipt is intact.")
    for flaw in () if as_json else flaws:
        complain(f"{flaw.place}: {flaw.problem}")
    ctx.exit(1 if flaws else 0)


@command.command("show")
@click.argument("validation_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The receipt itself, byte for byte, for `verify`.")
def show(*, validation_id: str, as_json: bool) -> None:
    """Show the receipt of a panel."""

    async def look(_: Interrupt) -> Panel:
        async with local.database() as database:
            panel = await database.read(panels.get_panel, validation_id, LOCAL.principal)
        if panel is None:
            raise NotFound(f"There is no panel {validation_id!r}.", hint="Use the validationId of a report.")
        return panel

    panel = run(look)
    if panel.receipt is None:
        raise NotFound(
            f"The panel {validation_id} has no receipt yet: nobody has seen it end.",
            hint="Call the tool collect_validation.",
        )
    if as_json:
        click.echo(panel.receipt)
        return
    _show(msgspec.json.decode(panel.receipt))


def _show(document: dict[str, Any]) -> None:
    receipt = document["receipt"]
    asked = [(name, value) for name, value in receipt["request"].items() if isinstance(value, str)]
    names = ("validationId", "tool", "startedAt", "sealedAt", "judgeModel")
    show_facts([*((name, receipt[name]) for name in names), *asked, ("seal", document["sha256"])])
    show_table(COLUMNS, [_row(seat) for seat in receipt["seats"]])


def _row(seat: dict[str, Any]) -> tuple[object, ...]:
    model = seat["modelUsed"] or seat["modelAsked"]
    said = seat["stated"] or seat["error"]
    return seat["provider"], seat["role"], seat["verdict"], seat["ending"], model, seat["cliVersion"], said
