"""``gateway ask``: one command for each tool of each provider, made from its request type."""

import inspect
import sys
from functools import partial
from typing import Any

import click
from msgspec import Struct

from gateway.cli import local
from gateway.cli.answer import Answer, interrupted, show_answer, whole
from gateway.cli.main import Interrupt, run_until_told
from gateway.cli.options import PROMPT, arguments, options, takes_prompt
from gateway.cli.output import is_terminal
from gateway.cli.progress import progress
from gateway.domain.provider import Tool
from gateway.errors import InvalidRequest
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept


class Offer(Struct, frozen=True):
    """A tool that can be asked."""

    provider: Provider
    tool: Tool


def _offers(plugins: Plugins) -> dict[str, Offer]:
    """By command: a provider's first tool has the provider's name, each other one its own, with dashes."""
    return {
        tool.name.replace("_", "-") if number else provider.name: Offer(provider, tool)
        for provider in plugins.providers.values()
        for number, tool in enumerate(provider.info.offered())
    }


class Providers(click.Group):
    """The commands are made from what is loaded, when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_offers(local.plugins(ctx)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        offer = _offers(local.plugins(ctx)).get(cmd_name.replace("_", "-"))
        return None if offer is None else _command(cmd_name, offer)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        plugins = local.plugins(ctx)
        local.warn_of_broken(plugins)
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            plugins.provider(args[0])
        return super().resolve_command(ctx, args)


@click.group("ask", cls=Providers, subcommand_metavar="PROVIDER [PROMPT|-] [PROVIDER OPTIONS]")
def command() -> None:
    """Ask a provider and print its answer.

    The answer alone goes to standard output. Without a PROMPT, or with -, the prompt is read from standard input.
    Each provider has its own options: see `gateway ask PROVIDER --help`. A provider's further tools, such as one
    that forks a session, are commands of their own in the list below.

    Ctrl-C stops the run; what it had written is kept as a job.
    """


def _command(name: str, offer: Offer) -> click.Command:
    kind = offer.tool.request
    parameters: list[click.Parameter] = [
        *([click.Argument([PROMPT], required=False, metavar="[PROMPT|-]")] if takes_prompt(kind) else ()),
        *options(kind),
        click.Option(["--json", "as_json"], is_flag=True, help="One JSON object instead of the bare answer."),
        click.Option(["-q", "--quiet"], is_flag=True, help="No progress and no warnings."),
    ]
    words = inspect.getdoc(kind) or ""
    return click.Command(name, params=parameters, callback=partial(_ask, offer), help=words)


def _ask(offer: Offer, *, as_json: bool, quiet: bool, **given: Any) -> None:
    ctx = click.get_current_context()
    kind = offer.tool.request
    if takes_prompt(kind):
        given[PROMPT] = _prompt(given)
    request, warnings = accept(arguments(kind, given), kind)
    begun: list[str] = []

    async def ask(interrupt: Interrupt) -> Answer | None:
        async with local.gateway(local.plugins(ctx)) as gateway:
            ticket = await gateway.submit(
                offer.provider, offer.tool, request, mode="sync", caller=local.caller(), warnings=warnings
            )
            begun.append(ticket.job.id)
            interrupt.gently = partial(gateway.cancel, ticket.job.id)
            reply = await gateway.wait(ticket, notify)
            if reply is None:
                return None
            stopped = interrupt.came and reply.outcome.ending == "cancelled"
            return await whole(gateway, reply, interrupted=stopped)

    with progress(offer.provider.info.title, quiet=quiet) as notify:
        answer = run_until_told(ask)
    if answer is None:
        ctx.exit(interrupted(begun, as_json=as_json))
    ctx.exit(show_answer(answer, as_json=as_json, quiet=quiet))


def _prompt(given: dict[str, Any]) -> str | None:
    """The prompt of the command line, or of standard input. None: it is given in parts."""
    prompt: str | None = given[PROMPT]
    if prompt is not None and prompt != "-":
        return prompt
    if prompt is None and given.get("prompt_parts") is not None:
        return None
    if prompt is None and is_terminal(sys.stdin):
        raise click.UsageError("Missing argument 'PROMPT'. With - it is read from standard input.")
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise InvalidRequest(
            "Standard input is not UTF-8.", hint="Convert the prompt, or name the file in it."
        ) from None
    if not text.strip():
        raise InvalidRequest(
            "The prompt on standard input is empty.", hint="Give it as an argument, or pipe it in."
        )
    return text
