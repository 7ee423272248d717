"""A plugin with the tools that the official conformance suite calls by name: its CLI is Echo's, its tasks are jobs.

What a task asks while it runs is asked by policies, of which `conformance_policy` is the second.
"""

import sys
from collections.abc import Iterator, Sequence

from gateway import Event, Launch, ProviderInfo, Request, Tool, ToolUsed, Verdict, hookimpl
from gateway.testing import echo
from gateway.testing.echo import PYTHON, gateway_judge

__all__ = ["gateway_judge"]

PANIC = "panic"


class Greet(Request, frozen=True, kw_only=True):
    """Says hello, and is no task."""

    prompt: str = "Hello, "
    name: str = "World"


class SlowCompute(Request, frozen=True, kw_only=True):
    """Takes as long as it is told."""

    prompt: str = "ECHO:sleep="
    seconds: float = 0
    label: str = ""


class FailingJob(Request, frozen=True, kw_only=True):
    """Fails."""

    prompt: str = "ECHO:error=500"


class ProtocolErrorJob(Request, frozen=True, kw_only=True):
    """Breaks its plugin."""

    prompt: str = f"ECHO:tool={PANIC}"


class ConfirmDelete(Request, frozen=True, kw_only=True):
    """Has its person confirm, and then deletes nothing."""

    prompt: str = "Deleted "
    filename: str = ""


class MultiInput(Request, frozen=True, kw_only=True):
    """Has two policies ask at once."""

    prompt: str = "Both said yes."


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="conformance",
        title="Conformance",
        executable=sys.executable,
        request=Greet,
        tools=(
            Tool("greet", Greet, background=False),
            Tool("slow_compute", SlowCompute),
            Tool("failing_job", FailingJob, needs_tasks=True),
            Tool("protocol_error_job", ProtocolErrorJob),
            Tool("confirm_delete", ConfirmDelete),
            Tool("multi_input", MultiInput),
        ),
    )


@hookimpl
def gateway_admit(request: Request) -> Verdict | None:
    match request:
        case ConfirmDelete(filename=name):
            return Verdict("ask", f"Delete {name}?", "confirm")
        case MultiInput():
            return Verdict("ask", "The first yes", "confirm")
    return None


@hookimpl
def gateway_launch(request: Request, prompt: str) -> Launch:
    match request:
        case SlowCompute(seconds=seconds, label=label):
            prompt += f"{seconds} {label}"
        case Greet(name=name):
            prompt += f"{name}!"
        case ConfirmDelete(filename=name):
            prompt += name
    return Launch(args=PYTHON, stdin=prompt.encode())


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for event in echo.gateway_decode(frames):
        if event == ToolUsed(PANIC):
            raise RuntimeError(PANIC)
        yield event
