"""``gateway plugins``: what is installed, what each declares, and how one gets in and out."""

from importlib import import_module
from typing import Any

import click

from gateway.cli import local
from gateway.cli.output import complain, show_json, show_table, told
from gateway.cli.plugin_lookup import crash_told, distribution, installed, last_crash, last_crashes
from gateway.plugin.manager import Loaded
from gateway.store.crashes import Crash

BELOW = {"show": "show", "check": "check", "new": "new", "install": "install", "uninstall": "install"}
"""The commands and the end of the module that each is in."""


class Group(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *BELOW]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in BELOW:
            found: click.Command = getattr(import_module(f"gateway.cli.plugin_{BELOW[cmd_name]}"), cmd_name)
            return found
        return super().get_command(ctx, cmd_name)


@click.group("plugins", cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("-v", "--verbose", is_flag=True, help="Show why a plugin is quarantined, with the traceback.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, verbose: bool) -> None:
    """List plugins, look at them, check them, begin one, install and uninstall them.

    Without a command they are listed.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json, verbose=verbose)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("-v", "--verbose", is_flag=True, help="Show why a plugin is quarantined, with the traceback.")
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool, verbose: bool) -> None:
    """List the plugins, the quarantined ones too, and the providers that files declare."""
    found = local.plugins(ctx)
    packages = {name: distribution(point) for name, point in installed().items()}
    known = last_crashes()
    crashed = {each.name: crash for each in found.loaded if (crash := last_crash(each, known))}
    versions = {name: package[1] for name, package in packages.items() if package}
    if as_json:
        show_json(
            plugins=[_facts(each, versions.get(each.name), crashed.get(each.name)) for each in found.loaded],
            quarantined=[told(finding) for finding in found.findings],
        )
        return
    rows = [_row(each, packages.get(each.name), each.name in crashed) for each in found.loaded]
    quarantined = [finding.subject.removeprefix("plugin ") for finding in found.findings]
    show_table(
        ("name", "version", "source", "provider", "state", "hooks"),
        [*rows, *(_broken(name, packages.get(name)) for name in quarantined)],
    )
    for finding in found.findings:
        complain(finding.message, _more(finding.detail, verbose=verbose) or finding.remedy)
    for crash in crashed.values():
        complain(f"Crashed {crash_told(crash)}")


def _facts(plugin: Loaded, version: str | None, crash: Crash | None) -> dict[str, Any]:
    return told(plugin) | {"version": version, "lastCrash": crash and told(crash)}


def _row(plugin: Loaded, package: tuple[str, str] | None, crashed: bool) -> tuple[object, ...]:
    source, version = package or (plugin.module, None)
    hooks = ", ".join(hook.removeprefix("gateway_") for hook in plugin.hooks)
    return plugin.name, version, source, plugin.provider, "has crashed" if crashed else "loaded", hooks


def _broken(name: str, package: tuple[str, str] | None) -> tuple[object, ...]:
    source, version = package or (None, None)
    return name, version, source, None, "quarantined", None


def _more(detail: str, *, verbose: bool) -> str:
    """The traceback, or how to see it; empty where there is none."""
    return detail if verbose or not detail else "Run `gateway plugins -v` for the traceback."
