"""``gateway plugins show``."""

from typing import Any

import click
import msgspec

from gateway.cli import local
from gateway.cli.output import clean, complain, show_facts, show_json, show_table, told
from gateway.cli.plugin_lookup import (
    crash_told,
    distribution,
    found,
    installed,
    last_crash,
    last_crashes,
    quarantined,
)
from gateway.domain.provider import ProviderInfo
from gateway.plugin.manager import Loaded
from gateway.rules.contract import contract
from gateway.rules.flags import declared
from gateway.rules.schema import json_schema


@click.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, *, name: str, as_json: bool) -> None:
    """Show what a plugin declares: parameters, environment, secrets, capabilities and its contract with the CLI.

    NAME is the plugin's or its provider's. Of a quarantined one, the traceback is shown.
    """
    plugins = local.plugins(ctx)
    if finding := quarantined(plugins, name):
        if as_json:
            show_json(name=name, quarantined=finding)
        else:
            complain(finding.message, finding.remedy)
            click.echo(finding.detail, err=True, nl=False)
        ctx.exit(1)
    plugin = found(plugins, name)
    info = plugins.providers[plugin.provider].info if plugin.provider else None
    if as_json:
        show_json(**_told(plugin, info))
        return
    show_facts([*_facts(plugin), *(_of_provider(info) if info else ())])
    if info is not None:
        click.echo()
        show_table(("parameter", "option", "flag", "takes", "meaning"), _parameters(info))


def _facts(plugin: Loaded) -> list[tuple[str, object]]:
    package = distribution(installed().get(plugin.name))
    return [
        ("plugin", plugin.name),
        ("package", " ".join(package) if package else None),
        ("source", plugin.module),
        ("hooks", ", ".join(plugin.hooks)),
        *((("last crash", crash_told(crash)),) if (crash := last_crash(plugin, last_crashes())) else ()),
    ]


def _of_provider(info: ProviderInfo) -> list[tuple[str, object]]:
    can = msgspec.structs.asdict(info.capabilities)
    held = contract(info)
    return [
        ("provider", f"{info.name}, {info.title}"),
        ("executable", info.executable),
        ("tools", ", ".join(tool.name for tool in info.offered())),
        ("sessions", ", ".join(sorted(can.pop("resume")))),
        ("capabilities", ", ".join(name for name, value in can.items() if value) or "none"),
        ("environment", " ".join(info.env) or "none of its own"),
        ("secrets", "  ".join(info.secrets) or "none"),
        ("login", info.login or "none needed"),
        ("install", " or ".join(info.install)),
        ("documentation", info.docs),
        ("flags of its own", " ".join(held.base_flags)),
        ("help commands", ", ".join(" ".join((info.executable, *args)) for args in held.help_args)),
        ("prices of", info.priced_as_of),
    ]


def _parameters(info: ProviderInfo) -> list[tuple[str, ...]]:
    """Every parameter of every tool: what it is called where, and what it takes."""
    rows: dict[str, tuple[str, ...]] = {}
    for tool in info.offered():
        flags = {item.wire: item.flag.name for item in declared(tool.request)}
        for name, facts in json_schema(tool.request)["properties"].items():
            option = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
            meaning = clean(facts.get("description", ""))
            rows.setdefault(name, (name, f"--{option}", flags.get(name, ""), _takes(facts), meaning))
    return list(rows.values())


def _takes(facts: dict[str, Any]) -> str:
    if "enum" in facts:
        return "|".join(map(str, facts["enum"]))
    if facts.get("type") == "array":
        return f"{_takes(facts.get('items', {}))}, repeated"
    return str(facts.get("type", "JSON"))


def _told(plugin: Loaded, info: ProviderInfo | None) -> dict[str, Any]:
    package = distribution(installed().get(plugin.name))
    crash = last_crash(plugin, last_crashes())
    facts: dict[str, Any] = {
        "name": plugin.name,
        "package": package and package[0],
        "version": package and package[1],
        "module": plugin.module,
        "hooks": plugin.hooks,
        "provider": plugin.provider,
        "lastCrash": crash and told(crash),
    }
    if info is None:
        return facts
    return facts | {
        "title": info.title,
        "tools": {tool.name: json_schema(tool.request) for tool in info.offered()},
        "capabilities": info.capabilities,
        "env": info.env,
        "secrets": info.secrets,
        "login": info.login,
        "install": info.install,
        "contract": contract(info),
    }
