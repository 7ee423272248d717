"""One tool for all providers, and one that tells what each of them takes: the heart of the compact profile."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import fields, replace

from gateway.domain.provider import Tool
from gateway.domain.request import Request
from gateway.errors import GatewayError, InvalidRequest
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.schema import json_schema
from gateway.server.render import error_result, text_result
from gateway.server.request_tools import ask, begin
from gateway.server.spec import Call, Result, ToolSpec, described, plain


class AnyRequest(Struct, frozen=True, kw_only=True):
    """Ask another coding agent, which works in workingDir: it reads and, as far as its options allow, edits and runs.

    Waits for the answer; with background it returns a job at once.
    """

    provider: str
    options: Annotated[
        dict[str, Any], Meta(description="What only this provider takes; see provider_options")
    ] = {}
    background: Annotated[bool, Meta(description="Poll llm_job_status, fetch llm_job_result")] = False
    tool: Annotated[str, Meta(description="Another of the provider's tools")] | UnsetType = UNSET


class ProviderOptions(Struct, frozen=True, kw_only=True):
    """What a provider takes as options of request: names, values, meaning. Look before you pass any."""

    provider: str


OWN = {field.encode_name for field in fields(AnyRequest)}


def any_request(plugins: Plugins, *, durable: bool) -> list[ToolSpec]:
    """The two tools. Without ``durable`` there are no jobs to return."""
    own, shared = json_schema(AnyRequest, without=() if durable else ("background",)), json_schema(Request)
    whom = {"provider": {"enum": list(plugins.providers)}}
    asking = ToolSpec(
        name="request",
        title="Ask an agent",
        description=described(AnyRequest) if durable else described(AnyRequest).rpartition(";")[0] + ".",
        schema=shared
        | {"properties": whom | shared["properties"] | own["properties"] | whom, "required": ["provider"]},
        answer=_request,
        destructive=True,
        open_world=True,
    )
    telling = plain("provider_options", "Options", ProviderOptions, _options, read_only=True, idempotent=True)
    return [asking, replace(telling, schema=telling.schema | {"properties": whom})]


async def _request(call: Call) -> Result:
    """Find the provider's own tool and go its way."""
    try:
        own = {name: value for name, value in call.arguments.items() if name in OWN}
        asked, _ = accept(own, AnyRequest)
        provider = call.gateway.plugins.provider(asked.provider)
        tool = _tool(provider, asked.tool)
        if asked.background:
            _check_background(call, tool)
    except GatewayError as error:
        return error_result(error)
    arguments = {name: value for name, value in call.arguments.items() if name not in OWN}
    rest = replace(call, arguments=arguments, options=asked.options)
    return await (begin if asked.background else ask)(provider, tool, rest)


def _tool(provider: Provider, name: str | UnsetType) -> Tool:
    """The provider's tool of this name, else its first."""
    offered = {tool.name: tool for tool in provider.info.offered()}
    if isinstance(name, UnsetType):
        return next(iter(offered.values()))
    if name not in offered:
        raise InvalidRequest(
            f"{provider.info.title} has no tool {name!r} - at `$.tool`", hint=f"It has {', '.join(offered)}."
        )
    return offered[name]


def _check_background(call: Call, tool: Tool) -> None:
    if not tool.background:
        raise InvalidRequest(
            f"{tool.name} is not to be had as a job - at `$.background`", hint="Leave it out."
        )
    if not call.gateway.config.persistence.durable:
        raise InvalidRequest("There is no place to keep jobs - at `$.background`", hint="Leave it out.")


async def _options(call: Call) -> Result:
    asked, _ = accept(call.arguments, ProviderOptions)
    provider = call.gateway.plugins.provider(asked.provider)
    tools = [
        {"tool": tool.name, "description": described(tool.request), "options": options_of(tool)}
        for tool in provider.info.offered()
    ]
    resume = sorted(provider.info.capabilities.resume)
    body = {"success": True, "provider": provider.name, "resume": resume, "tools": tools}
    return text_result(msgspec.json.encode(body).decode(), body)


def options_of(tool: Tool) -> dict[str, Any]:
    """The parameters that only this tool has, or has in a way of its own, as JSON Schema."""
    shared = json_schema(Request)["properties"]
    own = json_schema(tool.request)["properties"]
    return {name: schema for name, schema in own.items() if schema != shared.get(name)}
