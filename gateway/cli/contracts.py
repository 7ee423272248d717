"""``gateway contracts``."""

import click
import msgspec

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import complain, show_json, show_table
from gateway.cli.suggestions import provider_names
from gateway.host.passing import passing_folder
from gateway.plugin.manager import Plugins
from gateway.service.contracts import Contracts, report
from gateway.service.installed import Binaries
from gateway.service.surroundings import Surroundings
from gateway.service.versions import Versions


@click.command("contracts")
@click.option(
    "--provider", "--cli", "name", metavar="NAME", help="Only this provider.", shell_complete=provider_names
)
@click.option("--probe-installed", is_flag=True, help="Compare with the help of the installed CLIs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(ctx: click.Context, name: str | None, *, probe_installed: bool, as_json: bool) -> None:
    """Show the flags that each CLI is given, and where the installed one departs from them."""
    plugins = local.plugins(ctx)
    local.warn_of_broken(plugins)
    told = _reported(plugins, name, probe=probe_installed)
    if as_json:
        show_json(**msgspec.to_builtins(told))
        return
    _show(told)


def _reported(plugins: Plugins, name: str | None, *, probe: bool) -> Contracts:
    providers = plugins.providers.values() if name is None else [plugins.provider(name)]
    surroundings = Surroundings(local.config(), plugins, local.environ())
    with passing_folder("contracts") as folder:
        versions = Versions(surroundings, Binaries(folder)) if probe else None

        async def reported(_: Interrupt) -> Contracts:
            return await report(providers, surroundings, versions)

        return run(reported)


def _show(told: Contracts) -> None:
    show_table(
        ("provider", "flag", "parameter", "takes", "since", "until", "installed"),
        [row for name in told.contracts for row in _rows(told, name)],
    )
    for held in (told.installed_probe or {}).values():
        for warning in held.warnings:
            complain(f"{held.cli} {held.version or ''}: {warning}")


def _rows(told: Contracts, name: str) -> list[tuple[object, ...]]:
    contract, held = told.contracts[name], (told.installed_probe or {}).get(name)

    def state(flag: str) -> str:
        if held is None or not held.checked_help_commands:
            return ""
        if flag in held.missing_flags:
            return "missing"
        return "withheld" if flag in held.withheld_flags else "yes"

    declared = [
        (
            name,
            flag,
            facts.parameter,
            "|".join(facts.values) or facts.pattern or facts.arity,
            facts.since,
            facts.until,
            state(flag),
        )
        for flag, facts in contract.flags.items()
    ]
    return [*declared, *((name, flag, None, None, None, None, state(flag)) for flag in contract.base_flags)]
