"""The server itself: our tool table behind the official SDK."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import mcp_types as types
import trio
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from msgspec.structs import replace

from gateway import __version__
from gateway.domain.caller import LOCAL, Caller
from gateway.errors import GatewayError
from gateway.rules.tracing import trace_context
from gateway.server.asking import Questions, Unanswered
from gateway.server.bootstrap import Early
from gateway.server.instructions import instructions
from gateway.server.profiles import offered
from gateway.server.recording import remember
from gateway.server.render import error_result
from gateway.server.resources import ResourceSpec, read, resources
from gateway.server.spec import Call, Result, ToolSpec
from gateway.server.stdio import stdio
from gateway.server.tasks import CallerOf, Context, Tasks, takes_tasks
from gateway.service.gateway import Gateway
from gateway.service.skills import skills
from gateway.service.waiting import Notify

log = logging.getLogger(__name__)


def _local(context: Context) -> Caller:
    return LOCAL


def make_server(
    gateway: Gateway, caller_of: CallerOf = _local, table: Mapping[str, ToolSpec] | None = None
) -> Server[Any]:
    """An MCP server for one gateway. It serves both protocol eras; ``caller_of`` says who sent a message.

    ``table`` are its tools by name; None: those of the configured profile.
    """
    durable = gateway.config.persistence.durable
    questions = Questions(gateway.config.limits.answer_wait)
    if table is None:
        table = offered(gateway.plugins, gateway.config.profile, durable=durable)
    listed = types.ListToolsResult(
        tools=[types.Tool.model_validate(spec.listed()) for spec in table.values()]
    )

    async def on_list_tools(
        context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listed

    async def on_call_tool(context: Context, params: types.CallToolRequestParams) -> Any:
        spec = table.get(params.name)
        if spec is None:
            raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name}")
        caller = caller_of(context)
        ask = questions.asking(context, params, caller)
        call = Call(
            gateway=gateway,
            arguments=params.arguments or {},
            notify=_notify(context),
            caller=replace(caller, trace=_trace(context), ask=ask),
            client=_client(context),
            as_task=durable and takes_tasks(context),
        )
        return await _answer(spec, call)

    guides = skills(gateway.config.skills, gateway.plugins, table)
    server: Server[Any] = Server(
        "llm-cli-gateway",
        version=__version__,
        title="gateway",
        instructions=instructions(gateway.plugins, guides, table),
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
        **_shelves(gateway, resources(gateway.plugins, guides), caller_of),
    )
    server.middleware.clear()  # tracing is a plugin's business
    if durable:
        Tasks(gateway, caller_of).offer(server)
    return server


def _shelves(gateway: Gateway, library: list[ResourceSpec], caller_of: CallerOf) -> dict[str, Any]:
    """What the server does to list resources and to read them."""
    shelf = types.ListResourcesResult.model_validate(
        {"resources": [spec.listed() for spec in library if "{" not in spec.uri]}
    )
    families = types.ListResourceTemplatesResult.model_validate(
        {"resourceTemplates": [spec.listed() for spec in library if "{" in spec.uri]}
    )

    async def on_list_resources(context: Context, params: types.PaginatedRequestParams | None) -> Any:
        return shelf

    async def on_list_templates(context: Context, params: types.PaginatedRequestParams | None) -> Any:
        return families

    async def on_read_resource(context: Context, params: types.ReadResourceRequestParams) -> Any:
        uri = str(params.uri)
        try:
            content = await read(library, uri, Call(gateway=gateway, arguments={}, caller=caller_of(context)))
        except GatewayError as error:
            told = {"uri": uri}
            raise MCPError(code=types.INVALID_PARAMS, message=str(error), data=told) from error
        return types.ReadResourceResult.model_validate({"contents": [content]})

    return {
        "on_list_resources": on_list_resources,
        "on_list_resource_templates": on_list_templates,
        "on_read_resource": on_read_resource,
    }


async def _answer(spec: ToolSpec, call: Call) -> Result:
    """One tool call. The client gets a result it can act on, whatever went wrong."""
    try:
        return await spec.answer(call)
    except Unanswered as asked:
        return asked.result
    except MCPError:  # what the protocol has an error of its own for
        raise
    except GatewayError as error:
        return error_result(error)
    except Exception as error:  # the boundary of a tool: the SDK would put the bare text on the wire
        log.exception("tool %s failed", spec.name)
        return error_result(GatewayError(f"The gateway failed: {type(error).__name__}.", hint="See its log."))


def _notify(context: Context) -> Notify:
    """What tells the client how a call gets on."""
    notes = 0

    async def notify(note: str) -> None:
        nonlocal notes
        notes += 1
        await context.session.report_progress(notes, message=note)

    return notify


def _trace(context: Context) -> Mapping[str, str]:
    return trace_context(cast("Mapping[str, Any] | None", context.meta))


def _client(context: Context) -> str | None:
    params = context.session.client_params
    return params.client_info.name if params is not None else None


Leave = Callable[[], Awaitable[bool]]


async def serve_stdio(gateway: Gateway, ready: Callable[[Leave], None], *, early: Early) -> None:
    """Serve one client over standard input and output until it goes; ``early`` is what has begun already.

    ``ready`` is handed what makes us go first: it lets go of the client, and leaves the jobs to the gateway.
    """
    server = make_server(gateway)
    serving = trio.CancelScope()

    def client_gone() -> None:
        gateway.closing = True

    async def leave() -> bool:
        gateway.closing = True
        serving.cancel()
        return True

    ready(leave)
    with serving:
        async with stdio(client_gone, early) as (reader, writer), trio.open_nursery() as nursery:
            nursery.start_soon(remember, server, gateway, early.memory)
            await server.run(reader, writer, server.create_initialization_options())
    await trio.lowlevel.checkpoint()
