"""Decides on requests: policy plugins first, then the managed approval where the request asks for it."""

import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping

from msgspec import Struct

from gateway.config import Config
from gateway.domain.approvals import Approval, Risk
from gateway.domain.caller import Caller
from gateway.domain.launch import lower
from gateway.domain.questions import Question, Reply
from gateway.domain.request import Request, chosen, replace
from gateway.errors import Denied, Refused
from gateway.plugin.provider import Provider, Tables
from gateway.rules.approval import (
    APPROVAL,
    BY_A_PERSON,
    Asked,
    allows,
    approved,
    question,
    questions,
    score,
)
from gateway.rules.redact import Redactor
from gateway.rules.review import Integrity, examined
from gateway.service.record import Asked as Taken
from gateway.store.approvals import record_approval
from gateway.store.database import Database

SILENT = ("Nobody has answered", "Ask again through a client that shows forms, with a person at it.")
NO = ("The answer was not yes", "Change the request, or ask that person.")
PREVIEW = 280
"""Characters of a prompt that a recorded decision keeps, where that is wanted at all."""


class Decision(Struct, frozen=True, kw_only=True):
    """What was found out about a request that may pass, once its questions are answered with yes."""

    risk: Risk
    integrity: Integrity
    approval: Approval | None
    questions: tuple[Question, ...] = ()


class Approvals:
    """The gate. It lets a request pass as it is, or not at all, whoever decides."""

    def __init__(self, config: Config, database: Database, redact: Redactor) -> None:
        self._config = config
        self._database = database
        self._redact = redact

    async def decide(
        self,
        provider: Provider,
        tool: str,
        request: Request,
        *,
        prompt: str,
        emptied: frozenset[str],
        caller: Caller,
        before: Taken | None = None,
    ) -> Decision:
        """Refused or Denied where the request may not pass. ``prompt`` is the one that was written.

        What was decided ``before`` the request's gateway went is not decided twice: a person may have allowed it. What
        was asked then and not answered is asked again.
        """
        risk = provider.risk(request)
        asking = self._asking(provider, request, risk)
        disallowed = tuple(getattr(request, "disallowed_tools", ()))
        integrity = examined(prompt, emptied=emptied, disallowed=disallowed)
        decision = Decision(risk=risk, integrity=integrity, approval=None)
        managed = request.approval_strategy != "legacy"
        if before and (before.approval or not managed):
            return replace(decision, approval=before.approval, questions=before.questions)
        if managed:
            _check_isolation(provider)
            asked = Asked(
                prompt=prompt,
                risk=risk,
                full_auto=bool(getattr(request, "full_auto", False)),
                servers=request.mcp_servers,
                emptied=emptied,
                disallowed=disallowed,
                integrity=integrity,
            )
            approval = self._approval(provider, tool, request, asked, caller)
            decision = replace(decision, approval=approval)
            if approval.status == "denied":  # policies ask nothing about what is denied anyway
                overrule = question(provider.info.title, approval, risk)
                asking = (*asking, overrule) if caller.ask and self._config.ask_for_approval else ()
        return await self._answered(replace(decision, questions=asking), caller)

    def _asking(self, provider: Provider, request: Request, risk: Risk) -> tuple[Question, ...]:
        """What the policies leave to a person. Refused where one of them refuses."""
        verdicts = provider.admit(request, risk, self._config.plugins)
        for verdict in verdicts:
            if verdict.decision == "refused":
                raise Refused(f"The request was refused: {verdict.reason}", hint="Change it, or the policy.")
        return questions(provider.info.title, verdicts)

    async def _answered(self, decision: Decision, caller: Caller) -> Decision:
        """The decision with nothing left to ask, but for callers who are asked by way of their job."""
        asked = tuple(replace(each, message=self._redact(each.message)) for each in decision.questions)
        if asked and caller.ask and caller.comes_back:
            return replace(decision, questions=asked)
        replies = {each.name: await caller.ask(each) if caller.ask else None for each in asked}
        approval = await settle(self._database, decision.approval, asked, replies)
        return replace(decision, approval=approval, questions=())

    def _approval(
        self, provider: Provider, tool: str, request: Request, asked: Asked, caller: Caller
    ) -> Approval:
        policy = chosen(request.approval_policy, self._config.approval_policy)
        points, reasons = score(asked)
        previews = self._config.approval_previews
        preview = " ".join(self._redact(asked.prompt).split())[:PREVIEW] if previews else "[redacted]"
        return Approval(
            id=str(uuid.uuid4()),
            ts=time.time(),
            principal=caller.principal,
            status="approved" if approved(points, policy) else "denied",
            policy=policy,
            cli=provider.name,
            operation=tool,
            score=points,
            reasons=tuple(map(self._redact, reasons)),
            prompt_preview=preview,
            prompt_sha256=hashlib.sha256(asked.prompt.encode()).hexdigest(),
            requested_mcp_servers=request.mcp_servers,
            bypass_requested=asked.risk.bypass,
            full_auto=asked.full_auto,
        )


async def settle(
    database: Database,
    approval: Approval | None,
    asked: Iterable[Question],
    replies: Mapping[str, Reply | None],
) -> Approval | None:
    """What comes of the answers: the managed approval, which is recorded now. Refused or Denied where one is no yes."""
    allowed = {each.name: allows(each, replies.get(each.name)) for each in asked}
    for each in asked:
        if each.name != APPROVAL and not allowed[each.name]:
            said, hint = SILENT if replies.get(each.name) is None else NO
            raise Refused(f"{said}, so the request was refused. {each.message.splitlines()[0]}", hint=hint)
    if approval is None:
        return None
    if allowed.get(APPROVAL):
        reasons = (*approval.reasons, BY_A_PERSON)
        approval = replace(approval, ts=time.time(), status="approved", reasons=reasons)
    await database.run(record_approval, approval)
    if approval.status == "denied":
        raise denied(approval)
    return approval


def denied(approval: Approval) -> Denied:
    return Denied(f"{approval.operation} denied by MCP-managed approval policy", approval)


def _check_isolation(provider: Provider) -> None:
    if not provider.info.capabilities.isolates_mcp:
        raise Refused(
            f"Managed approval cannot be given for {provider.info.title}: it loads the MCP servers of its own "
            "configuration, which nobody here has looked at.",
            hint="Use approvalStrategy legacy and a narrow permission.",
        )


def may_follow(provider: Provider, amended: Request, admitted: Request, settings: Tables) -> bool:
    """Whether a request that was amended for another try asks for no more than the one let in, and nobody objects."""
    risk, before = provider.risk(amended), provider.risk(admitted)
    wider = lower(risk.autonomy, before.autonomy) != risk.autonomy or (risk.bypass and not before.bypass)
    known = provider.admit(admitted, before, settings)
    verdicts = provider.admit(amended, risk, settings)
    return not wider and all(each.decision == "approved" or each in known for each in verdicts)
