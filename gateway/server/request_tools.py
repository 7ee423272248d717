"""The tools that providers declare: ask and wait, or ask and come back."""

from collections.abc import Awaitable
from functools import partial
from typing import Any

from msgspec.structs import replace

from gateway.domain.provider import Tool
from gateway.errors import Denied, GatewayError
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.schema import json_schema, undescribed
from gateway.server.render import begun, deferred, denied_result, error_result, reply_result
from gateway.server.spec import Call, Result, ToolSpec, described
from gateway.server.task_words import extension_needed, task_begun
from gateway.service.patience import patience
from gateway.service.ticket import Ticket

SYNC_ONLY = ("optimizeResponse",)
_MANNER = {False: "Waits for the answer.", True: "For clients that take tasks; others have its _async twin."}


def request_tools(provider: Provider, tool: Tool) -> list[ToolSpec]:
    description = described(tool.request)
    title = provider.info.title

    facts = {"destructive": True, "open_world": True}
    wait = ToolSpec(
        name=tool.name,
        title=f"Ask {title}",
        description=f"{description} {_MANNER[tool.needs_tasks]}",
        schema=json_schema(tool.request),
        answer=partial(ask, provider, tool),
        **facts,
    )
    if not tool.background:
        return [wait]
    return [
        wait,
        ToolSpec(
            name=f"{tool.name}_async",
            title=f"Start {title}",
            description=f"{tool.name}, by the same parameters, as a job that is returned at once. Poll llm_job_status,"
            " fetch llm_job_result.",
            schema=undescribed(json_schema(tool.request, without=SYNC_ONLY)),
            answer=partial(begin, provider, tool),
            durable=True,
            **facts,
        ),
    ]


async def ask(provider: Provider, tool: Tool, call: Call) -> Result:
    """Ask and wait; where the client would rather come back, do not wait."""
    began = call.as_task and tool.background
    if tool.needs_tasks and not began and call.gateway.config.persistence.durable:
        raise extension_needed(f", which {tool.name} needs. Ask for a job: {tool.name}_async, or background.")
    return await _guarded(provider, call, (_begin_task if began else _ask)(provider, tool, call))


async def begin(provider: Provider, tool: Tool, call: Call) -> Result:
    """Ask and return the job."""
    return await _guarded(provider, call, _begin_job(provider, tool, call))


async def _ask(provider: Provider, tool: Tool, call: Call) -> Result:
    request, warnings = accept(call.arguments, tool.request, call.options)
    ticket = await call.gateway.submit(
        provider, tool, request, mode="sync", caller=call.caller, warnings=warnings, emptied=_emptied(call)
    )
    deadline = patience(call.gateway.config, call.gateway.plugins, call.client)
    reply = await call.gateway.wait(ticket, call.notify, deadline)
    durable = call.gateway.config.persistence.durable
    return deferred(ticket, deadline) if reply is None else reply_result(reply, durable=durable)


async def _begin_job(provider: Provider, tool: Tool, call: Call) -> Result:
    return begun(await _begin(provider, tool, call))


async def _begin_task(provider: Provider, tool: Tool, call: Call) -> Result:
    looking_after = replace(call.caller, comes_back=True)
    ticket = await _begin(provider, tool, replace(call, caller=looking_after))
    return task_begun(ticket, call.gateway.config)


async def _begin(provider: Provider, tool: Tool, call: Call) -> Ticket:
    request, warnings = accept(call.arguments, tool.request, call.options)
    return await call.gateway.submit(
        provider, tool, request, mode="async", caller=call.caller, warnings=warnings, emptied=_emptied(call)
    )


def _emptied(call: Call) -> frozenset[str]:
    """The parameters that were given as an empty list: the request itself cannot tell that from not given."""
    return frozenset(name for name, value in _given(call).items() if value == [])


def _given(call: Call) -> dict[str, Any]:
    """The arguments, and those that the caller put into the options."""
    return {**call.arguments, **call.options}


async def _guarded(provider: Provider, call: Call, answer: Awaitable[Result]) -> Result:
    """An error of the request, told with the provider's name as users know it."""
    try:
        return await answer
    except Denied as error:
        return denied_result(error)
    except GatewayError as error:
        correlation = _given(call).get("correlationId")
        return error_result(error, cli=provider.name, correlation_id=correlation)
