"""The tools that ask several models at once, by the names and in the shapes of version 1.7.0."""

from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.domain.panels import Body, Intent, Panel
from gateway.domain.request import chosen
from gateway.errors import NotFound
from gateway.rules.arguments import accept
from gateway.rules.report import run_report
from gateway.server.panel_jobs import panel_jobs
from gateway.server.render import json_result, text_result
from gateway.server.spec import Call, Result, ToolSpec, plain
from gateway.service.opinions import opinions
from gateway.service.panel import Question, convene
from gateway.service.patience import patience
from gateway.service.seating import seated
from gateway.service.settling import advance, collect, find

Text = Annotated[str, Meta(min_length=1)]
Provider = Annotated[str, Meta(min_length=1, description="Provider")]
K = TypeVar("K", bound="Seats")

WIRE = {"answer": "content", "claim": "content"}
"""What a report calls a parameter."""
NO_PART = ("workingDir", "timeoutMs", "model", "models", "judgeModel")
"""Parameters that say who answers and how, not what is asked."""


class Seats(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where and how long the seats work."""

    most: ClassVar[int] = 0
    """How many providers are asked where none is named."""
    working_dir: Text | UnsetType = UNSET
    timeout_ms: Annotated[int, Meta(ge=1_000)] | UnsetType = UNSET

    def named(self) -> tuple[str, ...]:
        """The providers that the caller names."""
        return ()

    def asked(self) -> Body:
        """What is asked, as a report tells it."""
        told: Body = msgspec.to_builtins(self)
        return {WIRE.get(name, name): value for name, value in told.items() if name not in NO_PART}


class Several(Seats, frozen=True, kw_only=True):
    """Asks a few providers."""

    most: ClassVar[int] = 2
    models: Annotated[tuple[str, ...], Meta(description="Providers")] = ()

    def named(self) -> tuple[str, ...]:
        return self.models


class One(Seats, frozen=True, kw_only=True):
    """Asks one provider."""

    most: ClassVar[int] = 1
    model: Provider | UnsetType = UNSET

    def named(self) -> tuple[str, ...]:
        return () if isinstance(self.model, UnsetType) else (self.model,)


class ValidateWithModels(Several, frozen=True, kw_only=True):
    """Put a question to several providers, who do not see each other, and compare their verdicts;
    a judge may sum up."""

    question: Text
    focus: Text = "correctness, unstated assumptions, what to do next"
    judge_model: Provider | UnsetType = UNSET


class SecondOpinion(One, frozen=True, kw_only=True):
    """Let another provider judge an answer you have."""

    answer: Text
    question: str | UnsetType = UNSET


class RedTeamReview(Several, frozen=True, kw_only=True):
    """Let providers attack a plan, a text or code: what breaks, what is missing."""

    content: Text
    risk_level: Literal["normal", "high"] = "normal"


class ConsensusCheck(Several, frozen=True, kw_only=True):
    """Ask providers whether a claim is true."""

    claim: Text


class AskModel(One, frozen=True, kw_only=True):
    """Ask one provider a question. It may look and change nothing; for work take its *_request."""

    question: Text


class SynthesizeValidation(Seats, frozen=True, kw_only=True):
    """Let a judge sum up results of earlier reports."""

    question: Text
    provider_results: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]
    judge_model: Provider | UnsetType = UNSET


class Results(Struct, frozen=True, rename="camel"):
    """The results that a judge sums up. The schema leaves this out: it is long, and callers pass on what they got."""

    provider_results: tuple["ProviderResult", ...]


class ProviderResult(Struct, frozen=True, kw_only=True):
    """A result, as reports hold it."""

    provider: Text
    status: Literal["running", "completed", "failed", "canceled", "orphaned", "skipped"]
    verdict: str | None = None
    rationale: str | None = None
    error: str | None = None


class CollectValidation(Struct, frozen=True, kw_only=True, rename="camel"):
    """The report of a panel as it is now, or after at most maxWaitMs."""

    validation_id: Text
    max_wait_ms: Annotated[int, Meta(ge=0, le=600_000)] = 30_000


def _asking(name: str, title: str, kind: type[K], intent: Intent) -> ToolSpec:
    async def answer(call: Call) -> Result:
        asked, warnings = accept(call.arguments, kind)
        providers = seated(call.gateway, asked.named(), asked.most)
        judge = chosen(getattr(asked, "judge_model", UNSET), "")
        panel = await _convened(call, name, intent, asked, providers=providers, judge=judge)
        return await _reported(call, panel, warnings)

    return plain(name, title, kind, answer, open_world=True)


async def _convened(
    call: Call, tool: str, intent: Intent, asked: Seats, *, providers: tuple[str, ...], judge: str
) -> Panel:
    gateway = call.gateway
    question = Question(
        tool=tool,
        intent=intent,
        request=asked.asked(),
        providers=providers,
        judge=gateway.plugins.provider(judge).name if judge else None,
        working_dir=chosen(asked.working_dir, None),
        timeout_ms=chosen(asked.timeout_ms, None),
    )
    limit = patience(gateway.config, gateway.plugins, call.client)
    return await convene(gateway, question, call.caller, call.notify, limit)


async def _reported(call: Call, panel: Panel, warnings: tuple[str, ...] = ()) -> Result:
    report = run_report(panel, await opinions(call.gateway, panel))
    body = {"success": True, "tool": panel.tool, "readMostly": True, "report": report}
    if warnings:
        body["warnings"] = list(warnings)
    lines = (*(f"Warning: {warning}" for warning in warnings), report["report"]["humanReadable"])
    return text_result("\n".join(lines), body)


async def _synthesize(call: Call) -> Result:
    asked, _ = accept(call.arguments, SynthesizeValidation)
    judge = seated(call.gateway, [judge] if (judge := chosen(asked.judge_model, "")) else [], 1)[0]
    body: Body = {"success": True, "tool": "synthesize_validation", "readMostly": True}
    results, _ = accept({"providerResults": asked.provider_results}, Results)
    status = {each.status for each in results.provider_results}
    if "running" in status or "completed" not in status:
        waits = "running" in status
        body["synthesis"] = {
            "status": "waiting_for_provider_results" if waits else "skipped",
            "judgeModel": judge,
            "rawJobReference": None,
            "note": "Some results are not there yet." if waits else "No result is an answer.",
        }
        return json_result(body)
    panel = await _convened(call, body["tool"], "synthesize", asked, providers=(), judge=judge)
    report = run_report(panel, await opinions(call.gateway, panel))
    return json_result(body | {"synthesis": report["synthesis"], "next": report["next"]})


async def _collect(call: Call) -> Result:
    asked, _ = accept(call.arguments, CollectValidation)
    gateway = call.gateway
    wait = asked.max_wait_ms / 1000
    limit = min(wait, patience(gateway.config, gateway.plugins, call.client) or wait)
    try:
        panel = await collect(gateway, asked.validation_id, call.caller, call.notify, limit)
    except NotFound as error:
        body = {"success": False, "error": str(error), "validationId": asked.validation_id}
        return json_result(body, error=True)
    return await _reported(call, panel)


async def read_receipt(call: Call) -> dict[str, Any] | str:
    """The sealed receipt of a panel, byte for byte; the report of one that has not ended."""
    gateway, panel_id = call.gateway, call.arguments["validationId"]
    await advance(gateway, panel_id, call.caller)
    panel = await find(gateway, panel_id, call.caller)
    return panel.receipt or run_report(panel, await opinions(gateway, panel))


def panel_tools() -> list[ToolSpec]:
    """Ask several, compare, sum up, come back for it."""
    safe = {"read_only": True, "idempotent": True}
    return [
        _asking("validate_with_models", "Ask several models", ValidateWithModels, "validate"),
        _asking("second_opinion", "Second opinion", SecondOpinion, "second_opinion"),
        _asking("red_team_review", "Red team review", RedTeamReview, "red_team"),
        _asking("consensus_check", "Consensus check", ConsensusCheck, "consensus"),
        _asking("ask_model", "Ask one model", AskModel, "ask_model"),
        plain("synthesize_validation", "Sum up results", SynthesizeValidation, _synthesize, open_world=True),
        plain("collect_validation", "Collect a report", CollectValidation, _collect, **safe),
        *panel_jobs(),
    ]
