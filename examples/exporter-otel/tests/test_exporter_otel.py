"""What becomes of a job as a span, and what the CLI learns of the trace."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.testing.bench import Bench, Run
from gateway.testing.conformance.imports import stray_imports

pytest.importorskip("opentelemetry.sdk", reason="the exporter's tests need opentelemetry-sdk")

from opentelemetry import trace as telemetry
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

PLUGIN = "gateway_plugin_exporter_otel"
BENCH = Bench("gateway.testing.echo", PLUGIN)
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACE = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "vendor=1"}
SECRET = "a needle"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


async def asked(folder: Path, prompt: str, trace: Any = TRACE, **settings: Any) -> Run:
    """A job of echo, to its end."""
    config = {"plugins": {"exporter-otel": settings}}
    return await BENCH.run(folder, {"prompt": prompt, "model": "echo-2"}, config=config, trace=trace)


def words(span: ReadableSpan) -> str:
    return str(span.to_json())


async def test_a_job_becomes_a_span_below_the_callers(exported: InMemorySpanExporter, tmp_path: Path) -> None:
    reply = await asked(tmp_path, SECRET)
    (span,) = exported.get_finished_spans()
    told = dict(span.attributes or {})

    assert (span.name, span.kind.name, span.status.status_code.name) == (
        "invoke_agent echo",
        "CLIENT",
        "UNSET",
    )
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x} {span.parent.span_id:016x}" == f"{TRACE_ID} {SPAN_ID}"
    assert span.parent.trace_state.to_header() == "vendor=1"
    assert [span.start_time, span.end_time] == [
        round(float(at or 0) * 1e9) for at in (reply.job.started_at, reply.job.finished_at)
    ]
    flight = reply.flight
    assert told == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "echo",
        "gen_ai.agent.name": "echo",
        "gen_ai.agent.version": "1.4.0",
        "gen_ai.conversation.id": reply.job.session_id,
        "gen_ai.request.model": "echo-2",
        "gen_ai.response.model": "echo-2",
        "gen_ai.response.finish_reasons": ("done",),
        "gen_ai.usage.input_tokens": flight.input_tokens,
        "gen_ai.usage.output_tokens": flight.output_tokens,
        "gateway.job.id": reply.job.id,
        "gateway.correlation_id": reply.job.correlation_id,
        "gateway.tool": "echo_request",
        "gateway.principal": "local",
        "gateway.ending": "ok",
        "gateway.exit_code": 0,
        "gateway.retries": 0,
        "gateway.queue_ms": flight.queue_ms,
        "gateway.cost_usd": flight.cost_usd,
        "gateway.cost_source": "computed",
    } | {name: told[name] for name in told if name.startswith("gen_ai.usage.cache")}
    assert SECRET not in words(span)


async def test_a_job_that_failed_says_how_and_keeps_its_words_to_itself(
    exported: InMemorySpanExporter, tmp_path: Path
) -> None:
    await asked(tmp_path, "ECHO:error=401", {})
    (span,) = exported.get_finished_spans()
    told = dict(span.attributes or {})

    assert span.parent is None
    assert (told["error.type"], told["gateway.ending"]) == ("auth_required", "auth_required")
    assert (span.status.status_code.name, span.status.description) == ("ERROR", "auth_required")
    assert "ECHO:" not in words(span)


async def test_what_was_said_is_exported_where_that_is_asked_for(
    exported: InMemorySpanExporter, tmp_path: Path
) -> None:
    names = {"echo": "acme.parrot"}
    await asked(tmp_path, f"{SECRET}, echo-key-12345678", content=True, provider_names=names)
    (span,) = exported.get_finished_spans()
    told = dict(span.attributes or {})

    said = [{"type": "text", "content": f"{SECRET}, [redacted]"}]
    assert json.loads(str(told["gen_ai.input.messages"])) == [{"role": "user", "parts": said}]
    (answer,) = json.loads(str(told["gen_ai.output.messages"]))
    assert (answer["role"], answer["parts"]) == ("assistant", said)
    assert told["gen_ai.provider.name"] == "acme.parrot"


async def test_the_cli_is_told_which_trace_it_works_for(tmp_path: Path) -> None:
    reply = await asked(tmp_path, "ECHO:env")
    seen = json.loads(reply.text)
    assert (seen["TRACEPARENT"], seen["TRACESTATE"]) == (TRACE["traceparent"], TRACE["tracestate"])


def test_without_a_trace_the_environment_is_the_providers_own() -> None:
    assert dict(BENCH.provider.environ({})) == {}


async def test_without_an_sdk_a_job_ends_as_ever(tmp_path: Path) -> None:
    reply = await asked(tmp_path, "hello")
    assert (reply.outcome.ending, reply.text) == ("ok", "hello")


async def test_settings_that_are_wrong_are_logged_and_harm_no_job(
    exported: InMemorySpanExporter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await asked(tmp_path, "hello", contents=True)
    assert (reply.outcome.ending, exported.get_finished_spans()) == ("ok", ())
    assert "unknown field `contents`" in caplog.text


def test_the_plugin_is_no_provider_and_imports_the_api_only() -> None:
    assert BENCH.hooks(PLUGIN) == ("gateway_environ", "gateway_job_finished")
    found = {name.split(": ")[1].split(".")[0] for name in stray_imports(PLUGIN)}
    assert found == {"opentelemetry"}
    assert [name for name in stray_imports(PLUGIN) if "sdk" in name] == []
