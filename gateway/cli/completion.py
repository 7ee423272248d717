"""``gateway completion``."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: eval "$(gateway completion bash)" in ~/.bashrc
    zsh:  eval "$(gateway completion zsh)" in ~/.zshrc
    fish: gateway completion fish > ~/.config/fish/completions/gateway.fish
    """
    script = SHELLS[shell](ctx.find_root().command, {}, "gateway", "_GATEWAY_COMPLETE")
    click.echo(script.source())
