"""What a provider's plugin counts on, and how far the installed CLI departs from it."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from gateway.domain.launch import Installed, version_key
from gateway.domain.provider import ProviderInfo
from gateway.domain.request import Flag, Style
from gateway.rules.flags import Declared, declared
from gateway.rules.schema import json_schema

Arity = Literal["none", "one", "variadic"]


class FlagContract(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One flag: the parameter it comes from, what it takes, and which versions of the CLI know it."""

    parameter: str
    arity: Arity
    style: Style
    tools: tuple[str, ...]
    values: tuple[str, ...] = ()
    """The only ones it takes; empty: any."""
    pattern: str | None = None
    description: str | None = None
    since: str | None = None
    until: str | None = None
    new_only: bool = False
    hidden: bool = False


class Contract(Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that a plugin says of its CLI."""

    executable: str
    upstream: str
    command: str
    help_args: tuple[tuple[str, ...], ...]
    mcp_tools: tuple[str, ...]
    mcp_parameters: tuple[str, ...]
    flags: dict[str, FlagContract]
    base_flags: tuple[str, ...]
    resume_forbidden_flags: tuple[str, ...]
    env: tuple[str, ...]


class Departure(Struct, frozen=True, rename="camel"):
    """A flag that is not as the contract says, and what that means for requests."""

    flag: str
    problem: str


class Drift(Struct, frozen=True, kw_only=True, rename="camel"):
    """How an installed CLI departs from its contract. ``checked`` is false where its help told no flags."""

    checked: bool
    missing_flags: tuple[str, ...] = ()
    drift: tuple[Departure, ...] = ()
    withheld_flags: tuple[str, ...] = ()
    """Known to be of other versions: requests go without them, and say so."""


def contract(info: ProviderInfo) -> Contract:
    """The contract of a provider, from what its plugin declares."""
    flags: dict[str, FlagContract] = {}
    parameters: dict[str, None] = {}
    for tool in info.offered():
        facts = json_schema(tool.request)["properties"]
        parameters |= dict.fromkeys(facts)
        for item in declared(tool.request):
            known = flags.get(item.flag.name)
            tools = (*(known.tools if known else ()), tool.name)
            flags[item.flag.name] = _flag(item, facts.get(item.wire, {}), tools)
    return Contract(
        executable=info.executable,
        upstream=info.title,
        command=info.name,
        help_args=tuple(command.args for command in info.help),
        mcp_tools=tuple(tool.name for tool in info.offered()),
        mcp_parameters=tuple(parameters),
        flags=flags,
        base_flags=info.base_flags,
        resume_forbidden_flags=tuple(name for name, flag in flags.items() if flag.new_only),
        env=info.env,
    )


def _flag(item: Declared, facts: dict[str, Any], tools: tuple[str, ...]) -> FlagContract:
    value = facts.get("items", facts)
    flag = item.flag
    return FlagContract(
        parameter=item.wire,
        arity=_arity(facts, flag),
        style=flag.style,
        tools=tools,
        values=tuple(map(str, value.get("enum", ()))),
        pattern=value.get("pattern"),
        description=facts.get("description"),
        since=flag.since or None,
        until=flag.until or None,
        new_only=flag.new_only,
        hidden=flag.hidden,
    )


def _arity(facts: dict[str, Any], flag: Flag) -> Arity:
    if facts.get("type") == "boolean":
        return "none"
    return "variadic" if facts.get("type") == "array" and flag.style != "comma" else "one"


def drift(known: Contract, installed: Installed) -> Drift:
    """How the installed CLI's help departs from the contract."""
    if not installed.flags:
        return Drift(checked=False)
    told = list(_departures(known, installed))
    expected = {name for name, flag in known.flags.items() if not _foreign(flag, installed)}
    return Drift(
        checked=True,
        missing_flags=tuple(each.flag for each in told if each.flag not in installed.flags),
        drift=tuple(told),
        withheld_flags=tuple(name for name in known.flags if name not in expected),
    )


def _departures(known: Contract, installed: Installed) -> Iterator[Departure]:
    for name, flag in known.flags.items():
        listed = name in installed.flags
        foreign = _foreign(flag, installed)
        if listed and foreign:
            yield Departure(name, f"the help lists it although {foreign}; it is withheld")
        if not (listed or foreign or flag.hidden):
            yield Departure(name, f"the help does not list it; {flag.parameter} is withheld")
    for name in known.base_flags:
        if name not in installed.flags and name not in known.flags:
            yield Departure(name, "the help does not list it; the plugin may pass it nevertheless")


def _foreign(flag: FlagContract, installed: Installed) -> str:
    """Why the flag is not this version's; empty where it is, or where the version is not known."""
    version = version_key(installed.version)
    if version and flag.since and version < version_key(flag.since):
        return f"the plugin knows it only since {flag.since}"
    if version and flag.until and version >= version_key(flag.until):
        return f"the plugin knows it only until {flag.until}"
    return ""
