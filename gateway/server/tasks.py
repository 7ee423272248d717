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
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.errors import Denied, NotFound
from gateway.server.forms import Body, replies_told
from gateway.server.render import denied_result, reply_result
from gateway.server.task_words import EXTENSION, extension_needed, status_of, task_told
from gateway.service.consent import asks
from gateway.service.gateway import Gateway
from gateway.service.returning import reply_for, task_of

DONE: Body = {"resultType": "complete"}
ELSEWHERE = (
    "Another gateway puts the questions of this task. They are still open: answer where tasks/get shows them."
)
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
        job, _ = await self._task(context, asked)
        gateway = self._gateway
        if status_of(job) == "completed":
            return task_told(
                asked.task_id, job, gateway.config, result=await self._result(context, asked, job)
            )
        open = gateway.runner.consent.questions(job.id)
        return task_told(asked.task_id, job, gateway.config, asked=open, note=gateway.note(job))

    async def _result(self, context: Context, asked: Named, job: Job) -> Body:
        """What a client who waited would have been answered."""
        try:
            caller = self._caller_of(context)
            return reply_result(await reply_for(self._gateway, asked.task_id, job, caller))
        except Denied as error:
            return denied_result(error)
        except NotFound as error:
            raise _unknown(asked) from error

    async def _cancel(self, context: Context, asked: Named) -> Body:
        """Take the request back. What comes of it is seen by `tasks/get`: the job may have ended before."""
        job, flight = await self._task(context, asked)
        if job.status != "ended":
            await self._gateway.withdrawal.withdraw(flight)
        return DONE

    async def _update(self, context: Context, asked: Answered) -> Body:
        """Answers to what nobody asks are let go; of those that are no answers to a form none counts."""
        (job, _), consent = await self._task(context, asked), self._gateway.runner.consent
        open = consent.questions(job.id)
        if not open and asks(job, self._gateway.spools):
            raise MCPError(code=types.INVALID_PARAMS, message=ELSEWHERE, data={"taskId": asked.task_id})
        try:
            replies = replies_told(open, asked.input_responses)
        except ValueError as error:
            words = f"inputResponses.{error} is no answer to elicitation/create. The question is still open."
            raise MCPError(code=types.INVALID_PARAMS, message=words) from error
        consent.answer(job.id, replies)
        return DONE

    async def _task(self, context: Context, asked: Named) -> tuple[Job, Flight]:
        """The caller's task that a request names. Not theirs is told as not there."""
        if not takes_tasks(context):
            raise extension_needed()
        if context.request is not None:
            name = decode_header_value(context.request.headers.get(MCP_NAME_HEADER))
            if name != asked.task_id:
                words = "Mcp-Name header does not match params.taskId"
                raise MCPError(code=types.HEADER_MISMATCH, message=words)
        try:
            return await task_of(self._gateway, asked.task_id, self._caller_of(context))
        except NotFound as error:
            raise _unknown(asked) from error


def _unknown(asked: Named) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message="Unknown task", data={"taskId": asked.task_id})
