"""An exporter: each finished job becomes an OpenTelemetry GenAI span, and the CLI is told which trace it works for."""

from collections.abc import Generator, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from opentelemetry import trace as telemetry
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway import Flight, Job, Outcome, hookimpl
from gateway_plugin_exporter_otel.attributes import attributes, messages

gateway_api = 1

NAME = "exporter-otel"
NANOSECONDS = 1_000_000_000


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """``[plugins.exporter-otel]``."""

    content: bool = False
    """Whether prompts, answers and the words of errors are exported, too."""
    provider_names: dict[str, str] = {}
    """What your traces call the providers, such as ``qwen = "alibaba_cloud"``."""


@hookimpl(wrapper=True)
def gateway_environ(
    trace: Mapping[str, str],
) -> Generator[None, Mapping[str, str], Mapping[str, str]]:
    """What the provider says, and the trace that the run is part of: whatever the CLI traces belongs there, too."""
    environ = yield
    return {**environ, **{name.upper(): value for name, value in trace.items()}}


@hookimpl
def gateway_job_finished(
    job: Job, outcome: Outcome, flight: Flight, trace: Mapping[str, str], settings: Mapping[str, Any]
) -> None:
    """Export the job as a span that began and ended when the job did, below the caller's own span."""
    wanted = msgspec.convert(settings.get(NAME, {}), Settings)
    span = telemetry.get_tracer("gateway").start_span(
        f"invoke_agent {job.provider}",
        context=TraceContextTextMapPropagator().extract(trace, Context()),
        kind=SpanKind.CLIENT,
        start_time=_nanoseconds(job.started_at or job.created_at),
        attributes=attributes(job, outcome, flight, wanted.provider_names.get(job.provider, job.provider)),
    )
    if wanted.content:
        span.set_attributes(messages(flight, outcome))
    if outcome.ending != "ok":
        span.set_status(Status(StatusCode.ERROR, (wanted.content and outcome.error) or outcome.ending))
    span.end(_nanoseconds(job.finished_at or job.created_at))


def _nanoseconds(seconds: float) -> int:
    return round(seconds * NANOSECONDS)
