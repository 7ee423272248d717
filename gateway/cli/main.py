"""The ``gateway`` command: the group, logging, and the one place that starts the event loop.

A command is imported when it is asked for, and imports what it needs: ``--version`` loads none of it.
"""

import errno
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway import __version__
from gateway.cli.exits import FAILED, INTERRUPTED, TABLE, exit_of
from gateway.cli.output import complain, give_up_unwritable, show_json
from gateway.errors import GatewayError

if TYPE_CHECKING:
    import trio

T = TypeVar("T")
log = logging.getLogger("gateway")

COMMANDS = (
    "serve", "ask", "jobs", "ps", "flights", "receipt", "models", "plugins", "contracts", "config", "doctor",
    "setup", "hello", "import", "completion",
)  # fmt: skip
"""Each is the attribute ``command`` of the module of its name, in the order in which the help lists them."""
MODULES = {"import": "bring"}
"""Where a command cannot have a module of its name."""


class Root(click.Group):
    """The group of all commands, and the way their errors leave the program."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(dict.fromkeys((*COMMANDS, *super().list_commands(ctx))))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.add_command(import_module(f"gateway.cli.{MODULES.get(cmd_name, cmd_name)}").command)
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether JSON is asked for: a mistake on the line itself is told in JSON then, too."""
        ctx.meta["gateway.json"] = "--json" in (args[: args.index("--")] if "--" in args else args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GatewayError as error:
            _tell(ctx, error)
            ctx.exit(exit_of(error))
        except click.UsageError as error:
            if not ctx.meta["gateway.json"]:
                raise
            show_json(ending="input_invalid", error=error.format_message(), remedy="See --help.")
            ctx.exit(error.exit_code)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader is gone, and needs to hear of nothing
                raise
            log.debug("where it happened", exc_info=error)
            complain(f"Error: the system says: {error}", "DEBUG=1 tells where it happened.")
            give_up_unwritable()
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _tell(ctx: click.Context, error: GatewayError) -> None:
    if ctx.meta["gateway.json"]:
        show_json(ending=error.code, error=str(error), remedy=error.hint)
    complain(f"Error: {error}", error.hint)


def _moved(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """What version 1.7.0 took here is an option of ``serve`` now."""
    if value is not None:
        raise click.UsageError(f"To serve is a command now: gateway serve --transport={value}", ctx)


@click.group(cls=Root, epilog=TABLE, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--transport", hidden=True, expose_value=False, callback=_moved, help="As version 1.7.0 said it."
)
def main() -> None:
    """One door to many AI coding CLIs."""
    level = logging.DEBUG if os.environ.get("DEBUG") else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=level, format="[%(levelname)s] %(asctime)s - %(message)s")


class Interrupt:
    """What SIGINT and SIGTERM do to running work: they ask it to end by itself, where it can, or cancel it."""

    def __init__(self) -> None:
        self.gently: Callable[[], Awaitable[bool]] | None = None
        """Asks the work to end; whether it will."""
        self.came = False

    async def listen(self, scope: "trio.CancelScope", task_status: "trio.TaskStatus[None]") -> None:
        """Wait for signals for ever."""
        import trio

        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                self.came = True
                if self.gently is None or not await self.gently():
                    scope.cancel()


def run(work: Callable[[Interrupt], Awaitable[T]]) -> T:
    """Run asynchronous work to its end. A signal that cuts it off ends the program."""
    result = run_until_told(work)
    if result is None:
        raise click.exceptions.Exit(INTERRUPTED)
    return result


def run_until_told(work: Callable[[Interrupt], Awaitable[T]]) -> T | None:
    """Run asynchronous work to its end. None: a signal cut it off."""
    import trio

    async def ended() -> T | None:
        interrupt, result = Interrupt(), None
        async with trio.open_nursery() as nursery:
            await nursery.start(interrupt.listen, nursery.cancel_scope)
            result = await work(interrupt)
            nursery.cancel_scope.cancel()
        return result

    try:
        return trio.run(ended)
    except BaseExceptionGroup as group:
        raise alone(group) from None


def alone(error: BaseException) -> BaseException:
    """The one failure that nurseries have wrapped, or the group where there are several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
