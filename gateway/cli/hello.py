"""``gateway hello``: the whole way once, from a client to each CLI and back."""

import os
from collections.abc import Mapping, Sequence

import click

from gateway.cli import local
from gateway.cli.main import Interrupt, run
from gateway.cli.output import clean, money, show_json, show_table, told
from gateway.cli.progress import progress
from gateway.cli.trial import Round, Trial, go_round
from gateway.errors import ProviderUnavailable
from gateway.host.passing import passing_folder
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider
from gateway.rules.progress import shortened
from gateway.service.surroundings import Surroundings

ECHO = "gateway.testing.echo"
"""The provider that comes along and needs no login."""
COLUMNS = ("provider", "version", "ending", "answer", "tokens", "cost", "session", "seconds")


@click.command("hello")
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for each provider.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(ctx: click.Context, *, timeout: float, as_json: bool) -> None:
    """Try every installed provider from end to end.

    Starts `gateway serve`, connects to it as any MCP client does, and asks each installed provider for one word.
    Where none is installed and logged in, it asks the built-in echo provider, so that you see the whole way work.
    """
    plugins = local.plugins(ctx)
    local.warn_of_broken(plugins)
    installed, missing = _installed(plugins)
    tried = _tried(installed, local.environ(), timeout)
    usable = any(trial.ending != "auth_required" for trial in tried.trials)
    demo = Round() if usable else _demo(timeout)
    trials = (*tried.trials, *missing, *demo.trials)
    if as_json:
        show_json(
            tools=tried.tools or demo.tools, demo=not usable, providers=[told(trial) for trial in trials]
        )
    else:
        _show(tried, missing, demo, usable=usable)
    ctx.exit(0 if any(trial.ending == "ok" for trial in trials) else 1)


def _installed(plugins: Plugins) -> tuple[list[Provider], list[Trial]]:
    """The providers whose CLI is there, and what to do about the others."""
    surroundings = Surroundings(local.config(), plugins, local.environ())
    there, missing = [], []
    for provider in plugins.providers.values():
        try:
            surroundings.executable(provider)
        except ProviderUnavailable as error:
            missing.append(
                Trial(provider=provider.name, ending="cli_missing", remedy=f"{error} {error.hint}")
            )
        else:
            there.append(provider)
    return there, missing


def _tried(providers: Sequence[Provider], environ: Mapping[str, str], timeout: float) -> Round:
    if not providers:
        return Round()
    with progress("hello") as notify:

        async def trials(_: Interrupt) -> Round:
            return await go_round(providers, environ, limit=timeout, notify=notify)

        return run(trials)


def _demo(timeout: float) -> Round:
    """The same with the echo provider, whose sessions go to a folder that is thrown away."""
    with passing_folder("echo") as folder:
        environ = local.environ() | {"GATEWAY_PLUGINS": ECHO, "ECHO_HOME": os.path.join(folder, "echo")}
        return _tried(list(load([ECHO]).providers.values()), environ, timeout)


def _show(tried: Round, missing: Sequence[Trial], demo: Round, *, usable: bool) -> None:
    if not usable:
        click.echo(
            "No provider's CLI is installed and logged in. This is the echo provider, which answers with its prompt:"
        )
    click.echo(f"{offer(tried.tools or demo.tools)}\n")
    trials = (*tried.trials, *missing, *demo.trials)
    show_table(COLUMNS, map(row, trials))
    for trial in trials:
        if trial.remedy:
            click.echo(f"\n{trial.provider}: {_indented(trial.remedy)}")


def _indented(text: str) -> str:
    return "\n  ".join(clean(line) for line in text.splitlines() if line)


def offer(tools: Sequence[str]) -> str:
    """What a server has, in one line."""
    return f"The server offers {len(tools)} tools: {', '.join(tools)}"


def row(trial: Trial) -> tuple[object, ...]:
    """A provider's line of the table."""
    tokens = (trial.input_tokens, trial.output_tokens)
    return (
        trial.provider,
        trial.version,
        trial.ending,
        shortened(trial.answer or "", 40),
        ""
        if tokens == (None, None)
        else " + ".join("?" if count is None else str(count) for count in tokens),
        money(trial.cost_usd),
        trial.session_id,
        None if trial.seconds is None else f"{trial.seconds:.1f}",
    )
