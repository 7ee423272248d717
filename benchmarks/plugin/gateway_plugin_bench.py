"""The provider that is measured, whose CLI is ``fake_cli.c``. It is found as any installed plugin is.

It does what a provider of a coding CLI does for each request: an argv with a session, the prompt on standard input,
lines of JSON decoded into types, usage, and a posture that is read-only where that is asked for.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway import (
    Autonomy,
    Capabilities,
    Event,
    Exit,
    Finished,
    Flag,
    Installed,
    Launch,
    Outcome,
    ProviderInfo,
    Request,
    Resume,
    Risk,
    Started,
    TextDelta,
    ToolUsed,
    Usage,
    UsageReported,
    argv,
    hookimpl,
    replace,
)


class BenchRequest(Request, frozen=True, kw_only=True):
    """Ask the fake CLI of the benchmarks, which prints what the prompt tells it to."""

    model: Annotated[str | UnsetType, Flag("--model", "equals"), Meta(description="Any word")] = UNSET
    add_dir: Annotated[tuple[str, ...], Flag("--add-dir", "equals")] = ()
    read_only: Annotated[bool, Meta(description="Let it change nothing")] = False


@hookimpl
def gateway_provider() -> ProviderInfo:
    return ProviderInfo(
        name="bench",
        title="Bench",
        executable="bench-cli",
        request=BenchRequest,
        capabilities=Capabilities(
            resume=frozenset({"new", "latest", "id"}), streams=True, chooses_session_id=True
        ),
        env=("FAKE_*",),
        install=("cc -o bench-cli fake_cli.c",),
        login="It needs none.",
        docs="https://docs.python.org/3/",
        base_flags=("-p", "--stream", "--permission", "--session-id", "--resume", "--continue"),
    )


@hookimpl
def gateway_risk(request: BenchRequest) -> Risk:
    return Risk("read_only" if request.read_only else "ask")


@hookimpl
def gateway_launch(
    request: BenchRequest, resume: Resume, prompt: str, autonomy: Autonomy | None, installed: Installed
) -> Launch:
    look = request.read_only or autonomy == "read_only"
    return Launch(
        args=(
            "-p",
            "--stream",
            f"--permission={'look' if look else 'ask'}",
            *argv(request, resume, installed),
            *_continuation(resume),
        ),
        stdin=prompt.encode(),
    )


def _continuation(resume: Resume) -> tuple[str, ...]:
    if resume.session_id is None:
        return () if resume.mode == "new" else ("--continue",)
    return (f"--{'session-id' if resume.mode == 'new' else 'resume'}={resume.session_id}",)


class _Part(Struct):
    type: str = ""
    text: str = ""


class _Step(Struct):
    type: str = ""
    index: int = 0
    part: _Part | None = None


class _Tokens(Struct):
    input: int | None = None
    cached: int | None = None
    output: int | None = None


class _Line(Struct):
    """What is read of one line."""

    type: str = ""
    session: str | None = None
    model: str | None = None
    step: _Step | None = None
    result: str | None = None
    tokens: _Tokens | None = None


_decode = msgspec.json.Decoder(_Line).decode


@hookimpl
def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for line in map(_decode, frames):
        yield from _events(line)


def _events(line: _Line) -> Iterator[Event]:
    match line.type:
        case "start":
            yield Started(line.session, line.model)
        case "step" if line.step is not None and line.step.part is not None:
            yield from _step(line.step.part)
        case "end":
            tokens = line.tokens or _Tokens()
            usage = Usage(
                input_tokens=tokens.input, cache_read_tokens=tokens.cached, output_tokens=tokens.output
            )
            yield UsageReported(usage)
            yield Finished(line.result)


def _step(part: _Part) -> Iterator[Event]:
    match part.type:
        case "text":
            yield TextDelta(part.text)
        case "tool":
            yield ToolUsed(part.text)


@hookimpl
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    if outcome.ending != "ok" or outcome.finished:
        return outcome
    said = exit.stderr_tail.strip() or f"It ended with status {exit.returncode} and without a result."
    return replace(outcome, ending="provider_error", error=said)
