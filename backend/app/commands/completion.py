"""Completion of commands and options in the shell."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options and files.

    \b
    bash:  echo 'eval "$(consumo completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(consumo completion zsh)"' >> ~/.zshrc
    fish:  consumo completion fish > ~/.config/fish/completions/consumo.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "consumo", "_CONSUMO_COMPLETE").source())
