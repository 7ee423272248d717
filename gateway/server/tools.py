"""The tool table: what every provider declares, and the tools for jobs and models."""

import inspect
from collections.abc import Awaitable
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.jobs import Job
from gateway.domain.provider import Tool
from gateway.domain.request import given
from gateway.errors import GatewayError, NotFound
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.schema import json_schema
from gateway.server.render import begun, deferred, error_result, json_result, reply_result, snapshot
from gateway.server.spec import Answer, Call, Result, ToolSpec
from gateway.service.gateway import Gateway
from gateway.service.patience import patience

SYNC_ONLY = ("optimizeResponse",)


def tools(plugins: Plugins) -> dict[str, ToolSpec]:
    """Every tool by its name, in the order in which they are listed."""
    table = [
        spec
        for provider in plugins.providers.values()
        for tool in provider.info.offered()
        for spec in _request_tools(provider, tool)
    ]
    return {spec.name: spec for spec in (*table, *_job_tools(), _models_tool())}


def _request_tools(provider: Provider, tool: Tool) -> list[ToolSpec]:
    description = _description(tool.request)
    title = provider.info.title

    async def ask(call: Call) -> Result:
        return await _guarded(provider, call, _ask(provider, tool, call))

    async def begin(call: Call) -> Result:
        return await _guarded(provider, call, _begin(provider, tool, call))

    facts = {"destructive": True, "open_world": True}
    wait = ToolSpec(
        name=tool.name,
        title=f"Ask {title}",
        description=f"{description} Waits for the answer.",
        schema=json_schema(tool.request),
        answer=ask,
        **facts,
    )
    if not tool.background:
        return [wait]
    return [
        wait,
        ToolSpec(
            name=f"{tool.name}_async",
            title=f"Start {title}",
            description=f"Like {tool.name}, but returns a job at once. Poll llm_job_status, fetch llm_job_result.",
            schema=json_schema(tool.request, without=SYNC_ONLY),
            answer=begin,
            **facts,
        ),
    ]


async def _ask(provider: Provider, tool: Tool, call: Call) -> Result:
    request, warnings = accept(call.arguments, tool.request)
    ticket = await call.gateway.submit(
        provider, tool, request, mode="sync", caller=call.caller, warnings=warnings
    )
    deadline = patience(call.gateway.config, call.gateway.plugins, call.client)
    reply = await call.gateway.wait(ticket, call.notify, deadline)
    return deferred(ticket, deadline) if reply is None else reply_result(reply)


async def _begin(provider: Provider, tool: Tool, call: Call) -> Result:
    request, warnings = accept(call.arguments, tool.request)
    return begun(
        await call.gateway.submit(
            provider, tool, request, mode="async", caller=call.caller, warnings=warnings
        )
    )


async def _guarded(provider: Provider, call: Call, answer: Awaitable[Result]) -> Result:
    """An error of the request, told with the provider's name as users know it."""
    try:
        return await answer
    except GatewayError as error:
        correlation = call.arguments.get("correlationId")
        return error_result(error, cli=provider.name, correlation_id=correlation)


class JobStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a job is doing, or how it ended."""

    job_id: str


class JobResult(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job's answer, page by page. Works while it runs too, then with the CLI's raw output."""

    job_id: str
    cursor: (
        Annotated[str, Meta(description='nextCursor of the page before, "head" or "tail"')] | UnsetType
    ) = UNSET
    max_chars: Annotated[int, Meta(ge=1000, le=2_000_000)] = 200_000
    raw: Annotated[bool, Meta(description="What the CLI printed, instead of the answer")] = False


class JobCancel(Struct, frozen=True, kw_only=True, rename="camel"):
    """Stop a running job and everything it has started."""

    job_id: str


class ListModels(Struct, frozen=True, kw_only=True):
    """The models and aliases of each provider."""

    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET


def _snapshot(gateway: Gateway, job: Job) -> Result:
    return snapshot(job, gateway.note(job.id), gateway.runner.admission.position(job.id))


async def _status(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobStatus)
    job = await call.gateway.job(asked.job_id, call.caller)
    return json_result({"success": True, "job": _snapshot(call.gateway, job)})


async def _result(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobResult)
    gateway = call.gateway
    job = await gateway.job(asked.job_id, call.caller)
    cursor = asked.cursor if isinstance(asked.cursor, str) else None
    page = await gateway.page(job.id, cursor, asked.max_chars, raw=asked.raw, caller=call.caller)
    stderr = gateway.outputs.stderr(job)
    result = _snapshot(gateway, job) | {
        "stdout": page.text,
        "stderr": stderr,
        "stdoutTruncated": page.next_cursor is not None,
        "stderrTruncated": len(stderr.encode()) < job.stderr_bytes,
        "nextCursor": page.next_cursor,
        "totalBytes": page.total_bytes,
        "raw": asked.raw or job.status != "ended",
        "encoding": page.encoding,
    }
    return json_result({"success": True, "result": result}, long=("stdout", "stderr"))


async def _cancel(call: Call) -> Result:
    asked, _ = accept(call.arguments, JobCancel)
    job = await call.gateway.job(asked.job_id, call.caller)
    if job.status == "ended":
        reason = f"Job is already {snapshot(job)['status']}"
        return json_result({"success": False, "jobId": job.id, "reason": reason}, error=True)
    if not await call.gateway.cancel(job.id):
        reason = "Another caller still waits for this job, or it is being stopped already"
        return json_result({"success": False, "jobId": job.id, "reason": reason}, error=True)
    return json_result({"success": True, "jobId": job.id})


async def _models(call: Call) -> Result:
    asked, _ = accept({name: value for name, value in call.arguments.items() if value != ""}, ListModels)
    providers = call.gateway.plugins.providers
    if given(asked.cli):
        chosen = call.gateway.plugins.provider(str(asked.cli))
        providers = {chosen.name: chosen}
    return json_result({name: _catalog(provider) for name, provider in providers.items()})


def _catalog(provider: Provider) -> Result:
    info = provider.info
    catalog = info.catalog
    told: Result = {
        "description": info.title,
        "models": dict(catalog.models),
        "aliases": dict(catalog.aliases),
        "modelMetadata": {name: {"source": catalog.source, "confidence": "low"} for name in catalog.models},
    }
    return told | ({"defaultModel": catalog.default} if catalog.default else {})


def _of_a_job(answer: Answer) -> Answer:
    """A job that is not there, or not the caller's, is told in the words of the job tools."""

    async def answered(call: Call) -> Result:
        try:
            return await answer(call)
        except NotFound as error:
            body = {"success": False, "error": str(error), "jobId": call.arguments.get("jobId")}
            return json_result(body, error=True)

    return answered


def _job_tools() -> list[ToolSpec]:
    return [
        _plain(
            "llm_job_status", "Job status", JobStatus, _of_a_job(_status), read_only=True, idempotent=True
        ),
        _plain(
            "llm_job_result", "Job result", JobResult, _of_a_job(_result), read_only=True, idempotent=True
        ),
        _plain(
            "llm_job_cancel", "Cancel a job", JobCancel, _of_a_job(_cancel), destructive=True, idempotent=True
        ),
    ]


def _models_tool() -> ToolSpec:
    return _plain("list_models", "List models", ListModels, _models, read_only=True, idempotent=True)


def _plain(name: str, title: str, asked: type[Struct], answer: Answer, **facts: bool) -> ToolSpec:
    """A tool of our own: the Struct's docstring describes it."""
    return ToolSpec(
        name=name,
        title=title,
        description=_description(asked),
        schema=json_schema(asked),
        answer=answer,
        **facts,
    )


def _description(asked: type[Struct]) -> str:
    """A Struct's docstring, on one line."""
    return " ".join((inspect.getdoc(asked) or "").split())
