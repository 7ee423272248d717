"""``gateway config``: what counts, where it comes from, and what is wrong with it."""

import os
import re
from collections.abc import Callable
from typing import Any

import click
import msgspec

from gateway.cli import local
from gateway.cli.output import complain, show_json, show_table, told
from gateway.cli.strangers import strangers
from gateway.config import config_path, configured
from gateway.config.mistakes import Mistake, mistakes
from gateway.config.origins import settings
from gateway.config.overlay import in_passing
from gateway.domain.probes import Finding
from gateway.errors import ConfigError
from gateway.plugin.manager import Plugins
from gateway.rules.models import misread
from gateway.rules.redact import MARK, Redactor

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")


@click.group("config")
def command() -> None:
    """Look at the configuration.

    It is one file, over which the environment is laid. Everything that can be set is listed by `show`.
    """


@command.command()
@JSON
@click.pass_context
def show(ctx: click.Context, *, as_json: bool) -> None:
    """Show every key, the value that counts, and where it comes from: default, line of the file, or environment.

    What may be a secret is not shown.
    """
    redact = Redactor(
        [secret for each in local.plugins(ctx).providers.values() for secret in each.info.secrets]
    )
    found = configured(os.environ)
    rows = [(each.key, _shown(each.value, redact), each.origin) for each in settings(found)]
    if as_json:
        values = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        show_json(path=found.path, exists=found.text is not None, values=values)
        return
    show_table(("key", "value", "from"), [(key, _json(value), origin) for key, value, origin in rows])


def _shown(value: Any, redact: Callable[[str], str]) -> Any:
    """A value without what looks like a secret."""
    match value:
        case str():
            return _PASSWORD.sub(MARK, redact(value))
        case list() | tuple():
            return [_shown(each, redact) for each in value]
        case dict():
            return {name: _shown(each, redact) for name, each in value.items()}
    return value


def _json(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


@command.command()
@JSON
def path(*, as_json: bool) -> None:
    """Tell the path of the file that counts, whether or not it is there."""
    found = config_path(os.environ)
    if as_json:
        show_json(path=found, exists=os.path.exists(found))
        return
    click.echo(found)


@command.command()
@JSON
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Tell what is wrong with the file and the environment. The exit code is 1 where something is."""
    wrong, findings = _examined(local.plugins(ctx))
    path = config_path(os.environ)
    if as_json:
        show_json(ok=not wrong, path=path, mistakes=wrong, warnings=[told(each) for each in findings])
    else:
        for mistake in wrong:
            click.echo(f"{path}:{mistake.line}: {mistake.told}" if mistake.line else mistake.told)
        if not wrong:
            click.echo(f"{path} {'is right' if os.path.exists(path) else 'does not exist: all is as usual'}.")
        for finding in findings:
            complain(f"Warning: {finding.message}", finding.remedy)
    ctx.exit(1 if wrong else 0)


def _examined(plugins: Plugins) -> tuple[list[Mistake], list[Finding]]:
    """Every mistake, also those that a variable hides, and everything worth a word."""
    try:
        found = configured(os.environ)
    except ConfigError as error:
        return [Mistake(*each) for each in error.lines or ((None, str(error)),)], []
    names = [word for each in plugins.providers.values() for word in (each.name, each.info.executable)]
    models = dict.fromkeys(told for name in plugins.providers for told in misread(name, os.environ))
    said = [
        *found.findings,
        *in_passing(os.environ, names),
        *(Finding("configuration", told, "Correct it.") for told in models),
        *strangers(found.config, plugins),
    ]
    return mistakes(found.text or ""), said
