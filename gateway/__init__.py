"""One door to many AI coding CLIs. This module is the front door for authors of plugins.

Everything a plugin may name is here, and importing it loads neither trio nor mcp nor the database. Names are
loaded when they are first used (PEP 562): a plugin that needs ten of them pays for ten.
"""

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # importing it would cost more than all else here
if TYPE_CHECKING:
    from gateway.domain.approvals import Risk as Risk
    from gateway.domain.approvals import Verdict as Verdict
    from gateway.domain.events import (
        Event as Event,
    )
    from gateway.domain.events import (
        Failed as Failed,
    )
    from gateway.domain.events import (
        Finished as Finished,
    )
    from gateway.domain.events import (
        Message as Message,
    )
    from gateway.domain.events import (
        Noise as Noise,
    )
    from gateway.domain.events import (
        Started as Started,
    )
    from gateway.domain.events import (
        TextDelta as TextDelta,
    )
    from gateway.domain.events import (
        Thinking as Thinking,
    )
    from gateway.domain.events import (
        ToolUsed as ToolUsed,
    )
    from gateway.domain.events import (
        UsageReported as UsageReported,
    )
    from gateway.domain.events import (
        Warned as Warned,
    )
    from gateway.domain.flights import Flight as Flight
    from gateway.domain.jobs import Job as Job
    from gateway.domain.launch import (
        Autonomy as Autonomy,
    )
    from gateway.domain.launch import (
        Installed as Installed,
    )
    from gateway.domain.launch import (
        Launch as Launch,
    )
    from gateway.domain.launch import (
        McpServer as McpServer,
    )
    from gateway.domain.launch import (
        OutDir as OutDir,
    )
    from gateway.domain.launch import (
        OutFile as OutFile,
    )
    from gateway.domain.launch import (
        Resume as Resume,
    )
    from gateway.domain.launch import (
        TempFile as TempFile,
    )
    from gateway.domain.launch import (
        lower as lower,
    )
    from gateway.domain.outcome import (
        ENDINGS as ENDINGS,
    )
    from gateway.domain.outcome import (
        Ending as Ending,
    )
    from gateway.domain.outcome import (
        Exit as Exit,
    )
    from gateway.domain.outcome import (
        Outcome as Outcome,
    )
    from gateway.domain.outcome import (
        Usage as Usage,
    )
    from gateway.domain.outcome import (
        ending_of_status as ending_of_status,
    )
    from gateway.domain.probes import (
        Command as Command,
    )
    from gateway.domain.probes import (
        EnvVar as EnvVar,
    )
    from gateway.domain.probes import (
        Finding as Finding,
    )
    from gateway.domain.probes import (
        HomeFile as HomeFile,
    )
    from gateway.domain.probes import (
        JobFile as JobFile,
    )
    from gateway.domain.probes import (
        Login as Login,
    )
    from gateway.domain.probes import (
        Package as Package,
    )
    from gateway.domain.probes import (
        Reading as Reading,
    )
    from gateway.domain.probes import (
        Readings as Readings,
    )
    from gateway.domain.provider import (
        BEARER_VARIABLE as BEARER_VARIABLE,
    )
    from gateway.domain.provider import (
        CachePolicy as CachePolicy,
    )
    from gateway.domain.provider import (
        Capabilities as Capabilities,
    )
    from gateway.domain.provider import (
        Catalog as Catalog,
    )
    from gateway.domain.provider import (
        Client as Client,
    )
    from gateway.domain.provider import (
        Price as Price,
    )
    from gateway.domain.provider import (
        ProviderInfo as ProviderInfo,
    )
    from gateway.domain.provider import (
        ServersFile as ServersFile,
    )
    from gateway.domain.provider import (
        Tool as Tool,
    )
    from gateway.domain.request import (
        Flag as Flag,
    )
    from gateway.domain.request import (
        HostPath as HostPath,
    )
    from gateway.domain.request import (
        LocalOnly as LocalOnly,
    )
    from gateway.domain.request import (
        PromptParts as PromptParts,
    )
    from gateway.domain.request import (
        Request as Request,
    )
    from gateway.domain.request import (
        chosen as chosen,
    )
    from gateway.domain.request import (
        given as given,
    )
    from gateway.domain.request import (
        replace as replace,
    )
    from gateway.domain.sessions import Session as Session
    from gateway.errors import (
        GatewayError as GatewayError,
    )
    from gateway.errors import (
        InvalidRequest as InvalidRequest,
    )
    from gateway.errors import (
        Refused as Refused,
    )
    from gateway.errors import (
        TooLarge as TooLarge,
    )
    from gateway.hookspecs import API_VERSION as API_VERSION
    from gateway.hookspecs import hookimpl as hookimpl
    from gateway.rules.flags import argv as argv

_HOMES = {
    "domain.approvals": "Risk Verdict",
    "domain.events": "Event Failed Finished Message Noise Started TextDelta Thinking ToolUsed UsageReported Warned",
    "domain.flights": "Flight",
    "domain.jobs": "Job",
    "domain.launch": "Autonomy Installed Launch McpServer OutDir OutFile Resume TempFile lower",
    "domain.outcome": "ENDINGS Ending Exit Outcome Usage ending_of_status",
    "domain.probes": "Command EnvVar Finding HomeFile JobFile Login Package Reading Readings",
    "domain.provider": "CachePolicy Capabilities Catalog Client Price ProviderInfo ServersFile BEARER_VARIABLE Tool",
    "domain.request": "Flag HostPath LocalOnly PromptParts Request chosen given replace",
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


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
