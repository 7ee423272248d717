"""The tools as MCP clients see them: those of the core, and those that each plugin of this repository brings."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from gateway.domain.provider import Tool
from gateway.domain.request import Request
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider
from gateway.rules.flags import declared
from gateway.rules.schema import json_schema
from gateway.server.profiles import BUDGETS, offered, token_prices
from gateway.server.spec import ToolSpec
from gateway.server.tools import tools as tool_table
from parts.source import table

ROOT = Path(__file__).parents[2]
FILE = "version_1_7_0.json"
FORMER: dict[str, list[str]] = json.loads((Path(__file__).parent / FILE).read_text("utf-8"))
"""The tools of llm-cli-gateway 1.7.0 and their parameters, but for those of plugins, which have a list of their own."""
REQUEST = "*_request"
"""Among the former tools: the parameters that all providers had."""
ECHO = "gateway.testing.echo"
HEAD = ("parameter", "type", "default", "meaning", "flag of the CLI", "1.7.0")
TWIN = "_async"

Schema = dict[str, Any]


@cache
def plugins() -> Plugins:
    """The provider that comes along stands for all, so that the page is the same whatever is installed."""
    return load([ECHO])


@cache
def table_of_tools() -> dict[str, ToolSpec]:
    return tool_table(plugins())


def shared() -> str:
    """The parameters that every provider's request has."""
    schema = json_schema(Request)
    return _parameters(schema, {}, sorted(schema["properties"]), set(FORMER[REQUEST]))


def tools() -> str:
    """A section for each tool of the core, behind those of the provider that stands for all."""
    return "\n\n".join(_sections(table_of_tools(), plugins(), FORMER))


def own(folder: Path) -> str:
    """The tools that a plugin brings, and what they add to a list of tools."""
    found = load([path.name for path in folder.glob("gateway_plugin_*")])
    assert not found.findings, found.findings
    table_ = tool_table(found)
    mine = {name: spec for name, spec in table_.items() if name not in tool_table(load([]))}
    added = token_prices(found)["full"] - token_prices(load([]))["full"]
    told = f"{len(mine)} tools, {added:,} tokens of a list of tools in the full profile."
    former = json.loads((folder / "tests" / FILE).read_text("utf-8"))
    return "\n\n".join((told, *_sections(mine, found, former)))


def _sections(specs: dict[str, ToolSpec], found: Plugins, known: dict[str, list[str]]) -> list[str]:
    """A section for each tool; an asynchronous twin is told with its sibling."""
    asked = {
        tool.name: (provider, tool)
        for provider in found.providers.values()
        for tool in provider.info.offered()
    }
    return [
        _request(spec, *asked[name], known) if name in asked else _plain(spec)
        for name, spec in specs.items()
        if name.removesuffix(TWIN) not in asked or name in asked
    ]


def prices() -> str:
    """What the list of each profile costs."""
    found = token_prices(plugins())
    rows = [
        (f"`{name}`", str(len(offered(plugins(), name))), f"{found[name]:,}", f"{most:,}")
        for name, most in BUDGETS.items()
    ]
    return table(("profile", "tools", "tokens", "budget"), rows)


def compact() -> str:
    """The tools of the compact profile that the full one has not, and the names of the others."""
    found = offered(plugins(), "compact")
    own = [_plain(found[name]) for name in found if name not in table_of_tools()]
    others = ", ".join(f"`{name}`" for name in found if name in table_of_tools())
    return "\n\n".join((*own, f"The others are those of the full profile: {others}."))


def former() -> str:
    """The tools of 1.7.0 that are not here."""
    missing = [name for name in FORMER if name != REQUEST and name not in table_of_tools()]
    return ", ".join(f"`{name}`" for name in missing) or "None."


def _request(spec: ToolSpec, provider: Provider, tool: Tool, known: dict[str, list[str]]) -> str:
    twin = (
        f" `{tool.name}{TWIN}` takes the same, but no `optimizeResponse`, and returns a job at once."
        if tool.background
        else ""
    )
    common = json_schema(Request)["properties"]
    own = spec.schema["properties"]
    flags = {item.wire: item.flag for item in declared(tool.request)}
    names = [name for name in own if name not in common or name in flags or own[name] != common[name]]
    rows = _parameters(spec.schema, flags, names, set(known.get(spec.name, ())))
    limits = f"Prompt: at most {provider.info.prompt_limit:,} bytes."
    return "\n\n".join(
        (
            f"### `{spec.name}`",
            f"{spec.description}{twin} {limits}",
            f"Beside the shared parameters:\n\n{rows}",
        )
    )


def _plain(spec: ToolSpec) -> str:
    names = list(spec.schema.get("properties", {}))
    rows = _parameters(spec.schema, {}, names, set(FORMER.get(spec.name, ())))
    return "\n\n".join((f"### `{spec.name}`", spec.description, rows if names else "No parameters."))


def _parameters(schema: Schema, flags: dict[str, Any], names: list[str], known: set[str]) -> str:
    required = schema.get("required", ())
    rows = [
        (
            f"`{name}`",
            _type(schema["properties"][name], schema),
            "required" if name in required else _default(schema["properties"][name]),
            str(schema["properties"][name].get("description", "")),
            _flag(flags.get(name)),
            "yes" if name in known else "",
        )
        for name in names
    ]
    return table(HEAD, rows)


def _type(field: Schema, schema: Schema) -> str:
    if "$ref" in field:
        target = schema["$defs"][field["$ref"].rsplit("/", 1)[1]]
        return "object: " + ", ".join(f"`{name}`" for name in target["properties"])
    if "anyOf" in field:
        return " or ".join(_type(each, schema) for each in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), schema)}"
    bounds = [
        f"{sign} {field[key]:,}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
        if key in field
    ]
    return ", ".join((str(field.get("type", "any")), *bounds))


def _default(field: Schema) -> str:
    if "default" in field:
        return f"`{json.dumps(field['default'])}`"
    return "`false`" if field.get("type") == "boolean" else ""


def _flag(flag: Any) -> str:
    if flag is None:
        return ""
    notes = [
        *(["new sessions only"] if flag.new_only else ()),
        *([f"since {flag.since}"] if flag.since else ()),
        *([f"until {flag.until}"] if flag.until else ()),
    ]
    return f"`{flag.name}`" + (f" ({', '.join(notes)})" if notes else "")
