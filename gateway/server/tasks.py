"""The Tasks extension (SEP-2663): a job under the name of a task, for clients that say they come back for it."""

from collections.abc import Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from gateway.domain.caller import Caller
from gateway.domain.jobs import Job
from gateway.errors import NotFound
from gateway.server.task_words import Body, status_of, task_told
from gateway.service.gateway import Gateway
from gateway.service.returning import reply_for

EXTENSION = "io.modelcontextprotocol/tasks"
DONE: Body = {"resultType": "complete"}
Context = ServerRequestContext[Any, Any]
CallerOf = Callable[[Context], Caller]


class Named(types.RequestParams):
    """Parameters that name a task."""

    task_id: str


class Answered(Named):
    """Answers to what a task has asked its client."""

    input_responses: dict[str, Any] = {}


def takes_tasks(context: Context) -> bool:
    """Whether the client of a request takes a task for an answer. Only the newer protocol can tell it of one."""
    declared = context.session.client_capabilities
    modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
    return modern and declared is not None and EXTENSION in (declared.extensions or {})


class Tasks:
    """The methods of the extension, over the jobs of a gateway."""

    def __init__(self, gateway: Gateway, caller_of: CallerOf) -> None:
        self._gateway = gateway
        self._caller_of = caller_of

    def offer(self, server: Server[Any]) -> None:
        """Add the extension to a server."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", Named, self._get)
        server.add_request_handler("tasks/cancel", Named, self._cancel)
        server.add_request_handler("tasks/update", Answered, self._update)

    async def _get(self, context: Context, asked: Named) -> Body:
        job = await self._job(context, asked)
        gateway, reply = self._gateway, None
        if status_of(job) == "completed":
            try:
                reply = await reply_for(gateway, job.id, self._caller_of(context))
            except NotFound as error:
                raise _unknown(asked) from error
        return task_told(job, gateway.config, reply=reply, note=gateway.note(job.id))

    async def _cancel(self, context: Context, asked: Named) -> Body:
        """What was asked of a job that has ended, or goes on because somebody else waits, is seen by `tasks/get`."""
        job = await self._job(context, asked)
        if job.status != "ended":
            await self._gateway.cancel(job.id)
        return DONE

    async def _update(self, context: Context, asked: Answered) -> Body:
        """No CLI that runs as a job asks anything, so there is nothing that an answer could belong to."""
        await self._job(context, asked)
        return DONE

    async def _job(self, context: Context, asked: Named) -> Job:
        """The caller's job that a request names. Not theirs is told as not there."""
        if not takes_tasks(context):
            needed: Body = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
            words = f"The client does not declare {EXTENSION}"
            raise MCPError(code=types.MISSING_REQUIRED_CLIENT_CAPABILITY, message=words, data=needed)
        if context.request is not None:
            name = decode_header_value(context.request.headers.get(MCP_NAME_HEADER))
            if name != asked.task_id:
                words = "Mcp-Name header does not match params.taskId"
                raise MCPError(code=types.HEADER_MISMATCH, message=words)
        try:
            return await self._gateway.job(asked.task_id, self._caller_of(context))
        except NotFound as error:
            raise _unknown(asked) from error


def _unknown(asked: Named) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message="Unknown task", data={"taskId": asked.task_id})
