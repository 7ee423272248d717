"""One line on a terminal that says what a run is doing."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from gateway.cli.output import clean, on_terminal

Notify = Callable[[str], Awaitable[None]]


@contextmanager
def progress(title: str, *, quiet: bool = False, first: str = "starting") -> Iterator[Notify | None]:
    """A status line on stderr for as long as this lasts. None: nobody is watching."""
    if quiet or not on_terminal():
        yield None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    def line(note: str) -> Text:
        return Text(f"{title}: {clean(note)}", no_wrap=True, overflow="ellipsis", end="")

    spinner = Spinner("dots", line(first))
    with Live(spinner, console=Console(stderr=True), transient=True, refresh_per_second=8):

        async def notify(note: str) -> None:
            spinner.update(text=line(note))

        yield notify
