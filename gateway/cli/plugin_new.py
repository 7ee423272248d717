"""``gateway plugins new``."""

import os
import re
import sys
from importlib.resources import files
from pathlib import Path

import click

from gateway import __version__
from gateway.cli.output import show_json
from gateway.errors import InvalidRequest
from gateway.hookspecs import API_VERSION

NAME = re.compile(r"[a-z][a-z0-9_]*")
FILE = re.compile(r"^=== (\S+)\n", re.MULTILINE)


@click.command("new")
@click.argument("name")
@click.option("--title", default="", help="What people call the CLI; default: NAME.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder that is to hold the package.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def new(*, name: str, title: str, into: Path, as_json: bool) -> None:
    """Write a package that makes the CLI called NAME a provider.

    It works at once, and its tests pass: they play recorded runs. Then change what is different with your CLI. For a
    simple CLI no package is needed: see `docs/declaring.md`.
    """
    if not NAME.fullmatch(name):
        raise InvalidRequest(
            f"{name!r} cannot be the name of a provider.",
            hint="Use small letters, digits and _, beginning with a letter.",
        )
    package = into / f"gateway-plugin-{name.replace('_', '-')}"
    written = _write(package, contents(name, title or name.replace("_", " ").title()))
    if as_json:
        show_json(package=str(package), files=written)
        return
    click.echo(f"{package} is there, {len(written)} files. Next:\n")
    click.echo(f"  cd {package}\n  {_python()} -m pip install --editable '.[test]'\n  {_python()} -m pytest")


def _python() -> str:
    """The interpreter the gateway runs in: where a plugin has to be installed."""
    return os.path.join(sys.prefix, "bin", "python")


def contents(name: str, title: str) -> dict[str, str]:
    """The files of the package: path to text."""
    words = {
        "@NAME@": name,
        "@DASHED@": name.replace("_", "-"),
        "@UPPER@": name.upper(),
        "@CLASS@": "".join(part.capitalize() for part in name.split("_")),
        "@TITLE@": _quotable(title),
        "@API@": str(API_VERSION),
        "@GATEWAY@": __version__,
    }
    text = (files("gateway") / "templates" / "plugin.txt").read_text("utf-8")
    for mark, word in words.items():
        text = text.replace(mark, word)
    _, *parts = FILE.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _quotable(title: str) -> str:
    """The title without what would end a string of Python or TOML."""
    return "".join(letter for letter in title if letter.isprintable() and letter not in '"\\@')


def _write(package: Path, texts: dict[str, str]) -> list[str]:
    try:
        package.mkdir(parents=True)
    except FileExistsError:
        raise InvalidRequest(
            f"{package} is there already, and was left as it is.",
            hint="Choose another name, or --into another folder.",
        ) from None
    except OSError as error:
        raise InvalidRequest(
            f"{package} cannot be written: {error}", hint="Choose another folder with --into."
        ) from None
    for path, text in texts.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8")
    return list(texts)
