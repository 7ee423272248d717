"""Turns whatever a plugin raises into a PluginError that says whose fault it was, and where to look."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from types import FrameType, TracebackType

from gateway.errors import GatewayError, PluginError

OURS = ("gateway.domain", "gateway.plugin", "gateway.rules", "pluggy", "msgspec")
"""Where an error may come up that a plugin has caused."""


class Blame:
    """``with Blame("acme", "gateway_launch"):`` - an error of ours passes, any other is the plugin's.

    ``authors`` are the plugins by the modules that they are: where one of those raised, it is the one to blame.
    """

    def __init__(self, plugin: str, where: str, authors: Mapping[str, str] | None = None) -> None:
        self.plugin = plugin
        self.where = where
        self.authors = authors or {}

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception | SystemExit) and not isinstance(error, GatewayError):
            module, place = _place(error, trace)
            plugin = next(
                (self.authors[name] for name in _parents(module) if name in self.authors), self.plugin
            )
            raise PluginError(
                plugin, self.where, f"{type(error).__name__}: {_words(error)}", place
            ) from error


def _words(error: BaseException) -> str:
    """What it says, without the file and line that a SyntaxError adds where `_place` tells them."""
    return error.msg if isinstance(error, SyntaxError) and _unreadable(error) else str(error)


def _unreadable(error: SyntaxError) -> bool:
    """Whether it is about a file, and not about some text that a plugin has read (`<string>`)."""
    return bool(error.filename) and not str(error.filename).startswith("<")


def _place(error: BaseException, trace: TracebackType | None) -> tuple[str, str]:
    """The module and the line to look at: the last that is neither ours nor the standard library's."""
    if isinstance(error, SyntaxError) and _unreadable(error):
        return "", f"{error.filename}:{error.lineno}"
    theirs = [
        (_module(frame), f"{frame.f_code.co_filename}:{line}")
        for frame, line in traceback.walk_tb(trace)
        if not _innocent(_module(frame))
    ]
    return theirs[-1] if theirs else ("", "")


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _innocent(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or any(name in OURS for name in _parents(module))


def _parents(module: str) -> Iterator[str]:
    """A module and the packages it lies in, the innermost first."""
    while module:
        yield module
        module = module.rpartition(".")[0]
