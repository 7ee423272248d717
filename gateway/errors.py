"""Everything this package raises on purpose.

A CLI that fails is a result, not an exception: exceptions are for mistakes of callers and ours.

    GatewayError                  .code for machines, .hint for people
    ├── InvalidRequest            the caller's mistake; no process was started
    │   ├── NotFound              no such job, session, tool or provider (or not yours)
    │   ├── Refused               a policy said no
    │   │   └── Denied            the managed approval said no, and recorded why
    │   └── TooLarge              the prompt or an argument is larger than the CLI takes
    ├── ProviderUnavailable       the CLI is not installed
    ├── Busy                      no room to begin it now; nothing was started
    ├── ConfigError               the configuration file or an environment variable
    ├── PluginError               a plugin broke its contract; names plugin and hook
    └── StoreError                the database, not the request
"""


class GatewayError(Exception):
    """The root: a message for people, a code for machines and a hint that says what to do next."""

    code = "provider_error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidRequest(GatewayError):
    """The request cannot be carried out as it was asked."""

    code = "input_invalid"


class NotFound(InvalidRequest):
    """There is no such thing, or it belongs to somebody else: both get the same answer."""


class Refused(InvalidRequest):
    """A policy refused the request."""

    code = "permission_denied"


class Denied(Refused):
    """The managed approval denied the request; ``approval`` is its record."""

    def __init__(self, message: str, approval: object) -> None:
        super().__init__(message, hint="Ask for less, or choose another approvalPolicy if you may.")
        self.approval = approval


class TooLarge(InvalidRequest):
    """A prompt or an argument is larger than the CLI takes."""

    code = "input_too_large"


class ProviderUnavailable(GatewayError):
    """The provider's CLI is not on this machine."""

    code = "cli_missing"


class Busy(GatewayError):
    """There is no room for the request now, or its provider is being left alone."""


class ConfigError(GatewayError):
    """The configuration cannot be used as it is written; ``lines`` are its mistakes, with their lines where known."""

    code = "input_invalid"

    def __init__(
        self, message: str, *, hint: str = "", lines: tuple[tuple[int | None, str], ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.lines = lines


class PluginError(GatewayError):
    """A plugin raised, or returned what its hook does not allow."""

    def __init__(self, plugin: str, where: str, problem: str, place: str = "") -> None:
        super().__init__(
            f"The plugin {plugin!r} failed in {where}: {problem}{f' ({place})' if place else ''}",
            hint=f"See `gateway plugins -v`, or leave it out with GATEWAY_PLUGINS, and tell the author of {plugin!r}.",
        )
        self.plugin = plugin
        self.where = where
        self.place = place


class StoreError(GatewayError):
    """The database could not be read or written."""
