"""What a span tells of a job, in the words of the OpenTelemetry conventions for GenAI; what those lack is ``gateway.*``.

The names are written out: the package that has them as constants calls them unstable and moves them about.
"""

from typing import Any

import msgspec

from gateway import Flight, Job, Outcome


def attributes(job: Job, outcome: Outcome, flight: Flight, provider: str) -> dict[str, Any]:
    """Everything but words: nothing here is text of a prompt, of an answer or of an error."""
    told = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": provider,
        "gen_ai.agent.name": job.provider,
        "gen_ai.agent.version": flight.cli_version,
        "gen_ai.conversation.id": job.session_id,
        "gen_ai.request.model": flight.model_asked,
        "gen_ai.response.model": job.model,
        "gen_ai.response.finish_reasons": [outcome.stop_reason] if outcome.stop_reason else None,
        "gen_ai.usage.input_tokens": flight.input_tokens,
        "gen_ai.usage.output_tokens": flight.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": flight.cache_read_tokens,
        "gen_ai.usage.cache_creation.input_tokens": flight.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": flight.reasoning_tokens,
        "error.type": None if job.ending == "ok" else job.ending,
        "gateway.job.id": job.id,
        "gateway.correlation_id": job.correlation_id,
        "gateway.tool": job.tool,
        "gateway.principal": job.principal,
        "gateway.ending": job.ending,
        "gateway.exit_code": flight.exit_code,
        "gateway.retries": flight.retries,
        "gateway.queue_ms": flight.queue_ms,
        "gateway.cost_usd": flight.cost_usd,
        "gateway.cost_source": flight.cost_source,
    }
    return {name: value for name, value in told.items() if value is not None}


def messages(flight: Flight, outcome: Outcome) -> dict[str, str]:
    """Prompt and answer, without secrets; the prompt only where the gateway keeps prompts."""
    told = {
        "gen_ai.input.messages": _message("user", flight.prompt),
        "gen_ai.output.messages": _message(
            "assistant", outcome.text, finish_reason=outcome.stop_reason or ""
        ),
    }
    return {name: value for name, value in told.items() if value}


def _message(role: str, text: str | None, **more: str) -> str:
    if not text:
        return ""
    parts = [{"type": "text", "content": text}]
    return msgspec.json.encode([{"role": role, "parts": parts, **more}]).decode()
