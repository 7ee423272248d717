"""The tools as MCP clients see them, with all five plugins."""

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
FORMER: dict[str, list[str]] = json.loads((Path(__file__).parent / "version_1_7_0.json").read_text("utf-8"))
"""The tools of llm-cli-gateway 1.7.0 and their parameters."""
HEAD = ("parameter", "type", "default", "meaning", "flag of the CLI", "1.7.0")
TWIN = "_async"

Schema = dict[str, Any]


@cache
def plugins() -> Plugins:
    """The five plugins of this repository, whatever else is installed."""
    found = load(sorted(path.name for path in ROOT.glob("plugins/*/gateway_plugin_*")))
    assert not found.findings, found.findings
    return found


@cache
def table_of_tools() -> dict[str, ToolSpec]:
    return tool_table(plugins())


def shared() -> str:
    """The parameters that every provider's request has."""
    schema = json_schema(Request)
    common = set.intersection(*(set(FORMER[name]) for name in FORMER if name.endswith("_request")))
    return _parameters(schema, {}, sorted(schema["properties"]), common)


def tools() -> str:
    """A section for each tool; an asynchronous twin is told with its sibling."""
    asked = {
        tool.name: (provider, tool)
        for provider in plugins().providers.values()
        for tool in provider.info.offered()
    }
    sections = [
        _request(spec, *asked[name]) if name in asked else _plain(spec)
        for name, spec in table_of_tools().items()
        if name.removesuffix(TWIN) not in asked or name in asked
    ]
    return "\n\n".join(sections)


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
    missing = [name for name in FORMER if name not in table_of_tools()]
    return ", ".join(f"`{name}`" for name in missing) or "None."


def _request(spec: ToolSpec, provider: Provider, tool: Tool) -> str:
    twin = (
        f" `{tool.name}{TWIN}` takes the same, but no `optimizeResponse`, and returns a job at once."
        if tool.background
        else ""
    )
    common = json_schema(Request)["properties"]
    own = spec.schema["properties"]
    flags = {item.wire: item.flag for item in declared(tool.request)}
    names = [name for name in own if name not in common or name in flags or own[name] != common[name]]
    rows = _parameters(spec.schema, flags, names, set(FORMER.get(spec.name, ())))
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
