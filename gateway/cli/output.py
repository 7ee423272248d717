"""What commands print: answers and tables on stdout, everything else on stderr.

On a terminal a table is drawn; piped, it is tab-separated lines that nothing is cut from.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TextIO

import click
import msgspec
from msgspec import Struct

from gateway.rules.instants import iso

SHORT = 8
"""Characters of an id that are shown to a person."""
SCHEMA_VERSION = 1
"""Raised when a key of some ``--json`` output changes its meaning or goes away."""


def on_terminal() -> bool:
    """Whether a person is watching: both outputs are a terminal."""
    return is_terminal(sys.stdout) and is_terminal(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person reads it. None: whoever started us had closed it."""
    return stream is not None and stream.isatty()


def show_json(**facts: Any) -> None:
    """One JSON object, with the version of its shape."""
    told = msgspec.json.encode({"schema_version": SCHEMA_VERSION, **facts})
    click.echo(msgspec.json.format(told, indent=2))


def show_json_line(**facts: Any) -> None:
    """One JSON object on a line of its own, for who reads as it comes."""
    click.echo(msgspec.json.encode({"schema_version": SCHEMA_VERSION, **facts}))


def show_text(text: str) -> None:
    """A text as it is, in UTF-8 whatever the terminal's encoding; its last line is ended."""
    click.echo(text.encode(errors="replace"), nl=not text.endswith("\n"))


def complain(message: str, hint: str = "") -> None:
    """An error or a warning, and on the next line what to do about it."""
    click.echo("\n".join(line for line in (message, hint) if line), err=True)


def give_up_unwritable() -> None:
    """Let go of what cannot be written: Python would try again at its end, and complain in words of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows below the names of their columns."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        _draw(columns, cells)
        return
    for row in (columns, *cells):
        click.echo("\t".join(row))


def _draw(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line. What is not known is left out."""
    known = [(name, clean(value)) for name, value in facts if value not in (None, "")]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        click.echo(f"{name:<{width}}  {value}")


def clean(value: object) -> str:
    """One line without control characters: what a model or a CLI wrote must not steer a terminal."""
    text = "" if value is None else " ".join(str(value).split())
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def told(value: Struct, without: Sequence[str] = ()) -> dict[str, Any]:
    """A Struct for JSON: names as on the wire, instants as ISO 8601."""
    return {
        _camel(name): iso(field) if name.rpartition("_")[2] == "at" else field
        for name, field in msgspec.structs.asdict(value).items()
        if name not in without
    }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def local_time(seconds: float) -> str:
    """Unix seconds as a person's clock shows them."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def money(usd: float | None) -> str:
    return "" if usd is None else f"${usd:.4f}"


def brief(id: str) -> str:
    """As much of an id as a person needs; all of it for a program."""
    return id[:SHORT] if is_terminal(sys.stdout) else id


def lasted(seconds: float) -> str:
    """A span of time in its two largest units."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    spans = ((days, f"{days}d {hour}h"), (hours, f"{hours}h {minute}m"), (minutes, f"{minutes}m {rest}s"))
    return next((text for number, text in spans if number), f"{rest}s")


def size(bytes: float) -> str:
    """A number of bytes, as people say it."""
    for unit in ("B", "KiB", "MiB"):
        if bytes < 1024:
            return f"{bytes:.0f} {unit}"
        bytes /= 1024
    return f"{bytes:.1f} GiB"
