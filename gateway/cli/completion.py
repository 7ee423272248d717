"""``gateway completion``."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete


class WholeFishComplete(FishComplete):
    """What click has, with descriptions that do not end at their first comma (click 8.5)."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": WholeFishComplete,
}


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: eval "$(gateway completion bash)" in ~/.bashrc
    zsh:  eval "$(gateway completion zsh)" in ~/.zshrc, below compinit
    fish: gateway completion fish > ~/.config/fish/completions/gateway.fish
    """
    script = SHELLS[shell](ctx.find_root().command, {}, "gateway", "_GATEWAY_COMPLETE")
    click.echo(script.source())
