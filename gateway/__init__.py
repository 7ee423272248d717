"""One door to many AI coding CLIs. This module is the front door for authors of plugins.

Everything a plugin may name is here, and importing it loads neither trio nor mcp nor the database. Names are
loaded when they are first used (PEP 562): a plugin that needs ten of them pays for ten.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from gateway.domain.approvals import Risk, Verdict
    from gateway.domain.events import (
        Event,
        Failed,
        Finished,
        Message,
        Noise,
        Started,
        TextDelta,
        Thinking,
        ToolUsed,
        UsageReported,
        Warned,
    )  # fmt: skip
    from gateway.domain.jobs import Job
    from gateway.domain.launch import (
        Autonomy,
        Installed,
        Launch,
        McpServer,
        OutDir,
        OutFile,
        Resume,
        TempFile,
        lower,
    )  # fmt: skip
    from gateway.domain.outcome import ENDINGS, Ending, Exit, Outcome, Usage, ending_of_status
    from gateway.domain.probes import (
        Command,
        EnvVar,
        Finding,
        HomeFile,
        JobFile,
        Login,
        Package,
        Reading,
        Readings,
    )  # fmt: skip
    from gateway.domain.provider import CachePolicy, Capabilities, Catalog, Client, Price, ProviderInfo, Tool
    from gateway.domain.request import Flag, HostPath, PromptParts, Request, chosen, given, replace
    from gateway.domain.sessions import Session
    from gateway.errors import GatewayError, InvalidRequest, Refused, TooLarge
    from gateway.hookspecs import API_VERSION, hookimpl
    from gateway.rules.flags import argv

_HOMES = {
    "domain.approvals": "Risk Verdict",
    "domain.events": "Event Failed Finished Message Noise Started TextDelta Thinking ToolUsed UsageReported Warned",
    "domain.jobs": "Job",
    "domain.launch": "Autonomy Installed Launch McpServer OutDir OutFile Resume TempFile lower",
    "domain.outcome": "ENDINGS Ending Exit Outcome Usage ending_of_status",
    "domain.probes": "Command EnvVar Finding HomeFile JobFile Login Package Reading Readings",
    "domain.provider": "CachePolicy Capabilities Catalog Client Price ProviderInfo Tool",
    "domain.request": "Flag HostPath PromptParts Request chosen given replace",
    "domain.sessions": "Session",
    "errors": "GatewayError InvalidRequest Refused TooLarge",
    "hookspecs": "API_VERSION hookimpl",
    "rules.flags": "argv",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "__version__",
    *sorted(_HOME_OF),
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
