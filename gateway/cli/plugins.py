"""``gateway plugins``."""

from importlib.metadata import entry_points

import click

from gateway.cli import local
from gateway.cli.output import complain, show_json, show_table, told

GROUP = "gateway"


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("-v", "--verbose", is_flag=True, help="Show why a plugin is quarantined, with the traceback.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, verbose: bool) -> None:
    """List the plugins, the quarantined ones too."""
    found = local.plugins(ctx)
    versions = _versions()
    if as_json:
        show_json(
            plugins=[told(each) | {"version": versions.get(each.name)} for each in found.loaded],
            quarantined=[told(finding) for finding in found.findings],
        )
        return
    rows = [
        (each.name, versions.get(each.name), each.module, each.provider, "loaded", ", ".join(each.hooks))
        for each in found.loaded
    ]
    quarantined = [finding.subject.removeprefix("plugin ") for finding in found.findings]
    show_table(
        ("name", "version", "module", "provider", "state", "hooks"),
        [*rows, *((name, versions.get(name), None, None, "quarantined", None) for name in quarantined)],
    )
    for finding in found.findings:
        complain(
            finding.message, finding.detail if verbose else "Run `gateway plugins -v` for the traceback."
        )


def _versions() -> dict[str, str]:
    """The version of the distribution that each installed plugin comes from."""
    return {each.name: each.dist.version for each in entry_points(group=GROUP) if each.dist is not None}
