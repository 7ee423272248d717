"""Turns whatever a plugin raises into a PluginError that says whose fault it was, and where."""

from types import TracebackType

from gateway.errors import GatewayError, PluginError


class Blame:
    """``with Blame("acme", "gateway_launch"):`` - an error of ours passes, any other is the plugin's."""

    def __init__(self, plugin: str, where: str) -> None:
        self.plugin = plugin
        self.where = where

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception | SystemExit) and not isinstance(error, GatewayError):
            raise PluginError(self.plugin, self.where, f"{type(error).__name__}: {error}") from error
