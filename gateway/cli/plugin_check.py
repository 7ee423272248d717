"""``gateway plugins check``."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import local
from gateway.cli.output import complain, show_json, show_table, told
from gateway.cli.plugin_lookup import found
from gateway.errors import InvalidRequest, ProviderUnavailable
from gateway.host.installation import installation
from gateway.plugin.manager import Loaded

if TYPE_CHECKING:
    from gateway.testing.checkup import Checkup

NEEDED = ("pytest", "hypothesis")
LONGEST = 160
"""Characters of a reason, where nobody asked for all of it."""


@click.command("check")
@click.argument("name")
@click.option(
    "--transcripts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of recorded runs. Without one, what needs them is left out.",
)
@click.option(
    "--secret", "samples", multiple=True, help="An invented key that `secrets` must catch; may be repeated."
)
@click.option("--also", multiple=True, help="A module that the plugin may import, too; may be repeated.")
@click.option("-k", "only", default="", help="Only the checks whose names hold this.")
@click.option("-v", "--verbose", is_flag=True, help="Show all checks, and failures in full.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def check(
    ctx: click.Context,
    *,
    name: str,
    transcripts: Path | None,
    samples: tuple[str, ...],
    also: tuple[str, ...],
    only: str,
    verbose: bool,
    as_json: bool,
) -> None:
    """Put a provider through all that every plugin must pass.

    Recorded runs are looked for in tests/transcripts beside the plugin's source, or in the folder NAME beside
    NAME.toml. The CLI itself is not run: a script plays the recordings.
    """
    plugin = found(local.plugins(ctx), name)
    if plugin.provider is None:
        raise InvalidRequest(f"{name} is no provider.", hint="The checks are for providers.")
    if missing := [each for each in NEEDED if find_spec(each) is None]:
        raise ProviderUnavailable(
            f"The checks need {' and '.join(missing)}.", hint=f"Run: {installation().adding(*missing)}"
        )
    from gateway.testing.checkup import Patient, check_up

    folder = transcripts or next(_recordings(plugin), None)
    patient = Patient(
        provider=plugin.provider,
        plugin=plugin.module,
        transcripts=str(folder.resolve()) if folder else "",
        samples=samples,
        also=also,
    )
    done = check_up(patient, only)
    if not done.checks:
        raise InvalidRequest(
            f"No check has {only!r} in its name.", hint="Their names are those that -v shows."
        )
    if as_json:
        checks = [told(each) for each in done.checks]
        show_json(provider=plugin.provider, passed=done.passed, verdict=done.verdict, checks=checks)
    else:
        _show(plugin.provider, done, verbose=verbose)
    ctx.exit(0 if done.passed else 1)


def _recordings(plugin: Loaded) -> Iterator[Path]:
    """The folders in which recordings of the plugin are, as far as one can guess."""
    if os.path.isfile(plugin.module):
        places = [Path(plugin.module).with_suffix("")]
    else:
        spec = find_spec(plugin.module)
        source = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path()
        places = [folder / "tests" / "transcripts" for folder in (source, source.parent)]
    return (place for place in places if place.is_dir())


def _show(provider: str, done: "Checkup", *, verbose: bool) -> None:
    """What did not pass, and the verdict."""
    shown = [each for each in done.checks if verbose or each.state == "failed"]
    if shown:
        show_table(("check", "state", "why"), [(each.name, each.state, _brief(each.told)) for each in shown])
    if verbose:
        for each in done.checks:
            if each.state == "failed":
                complain(f"\n{each.name}", each.told)
    elif not done.passed:
        complain("", "See `-v` for all that was said.")
    click.echo(f"{provider} {done.verdict}")


def _brief(text: str) -> str:
    """The line of a failure that says most: pytest marks it with an E."""
    lines = [line[2:].strip() for line in text.splitlines() if line.startswith("E ")] or text.splitlines()
    return (lines[0] if lines else "")[:LONGEST]
