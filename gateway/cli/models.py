"""``gateway models``."""

import click

from gateway.cli import local
from gateway.cli.output import show_json, show_table, told
from gateway.cli.suggestions import provider_names
from gateway.domain.provider import Catalog


@click.command("models")
@click.argument("provider", required=False, shell_complete=provider_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(ctx: click.Context, provider: str | None, *, as_json: bool) -> None:
    """List the models and aliases of each provider."""
    found = local.plugins(ctx)
    local.warn_of_broken(found)
    asked = found.providers if provider is None else {provider: found.provider(provider)}
    catalogs = {name: each.info.catalog for name, each in asked.items()}
    if as_json:
        show_json(
            providers={
                name: {"title": asked[name].info.title} | told(each) for name, each in catalogs.items()
            }
        )
        return
    show_table(
        ("provider", "model", "aliases", "description"),
        [row for name, catalog in catalogs.items() for row in _rows(name, catalog)],
    )


def _rows(provider: str, catalog: Catalog) -> list[tuple[str, str, str, str]]:
    names = list(dict.fromkeys((*catalog.models, *catalog.aliases.values())))
    return [
        (
            provider,
            f"{name} (default)" if name == catalog.default else name,
            ", ".join(alias for alias, model in catalog.aliases.items() if model == name),
            catalog.models.get(name, ""),
        )
        for name in names
    ]
