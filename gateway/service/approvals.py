"""Decides on requests: policy plugins first, then the managed approval where the request asks for it."""

import hashlib
import time
import uuid

from msgspec import Struct

from gateway.config import Config
from gateway.domain.approvals import Approval, Risk
from gateway.domain.caller import Caller
from gateway.domain.launch import lower
from gateway.domain.request import Request, chosen, replace
from gateway.errors import Denied, Refused
from gateway.plugin.provider import Provider, Tables
from gateway.rules.approval import BY_A_PERSON, Asked, allows, approved, question, score
from gateway.rules.redact import Redactor
from gateway.rules.review import Integrity, examined
from gateway.service.record import Asked as Taken
from gateway.store.approvals import record_approval
from gateway.store.database import Database

PREVIEW = 280
"""Characters of a prompt that a recorded decision keeps, where that is wanted at all."""


class Decision(Struct, frozen=True, kw_only=True):
    """What was found out about a request that may pass."""

    risk: Risk
    integrity: Integrity
    approval: Approval | None


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

        What was approved ``before`` the request's gateway went is not decided twice: a person may have allowed it.
        """
        risk = provider.risk(request)
        for verdict in provider.admit(request, risk, self._config.plugins):
            if verdict.decision == "refused":
                raise Refused(f"The request was refused: {verdict.reason}", hint="Change it, or the policy.")
        disallowed = tuple(getattr(request, "disallowed_tools", ()))
        integrity = examined(prompt, emptied=emptied, disallowed=disallowed)
        if request.approval_strategy == "legacy":
            return Decision(risk=risk, integrity=integrity, approval=None)
        if before and before.approval:
            return Decision(risk=risk, integrity=integrity, approval=before.approval)
        if not provider.info.capabilities.isolates_mcp:
            raise Refused(
                f"Managed approval cannot be given for {provider.info.title}: it loads the MCP servers of its own "
                "configuration, which nobody here has looked at.",
                hint="Use approvalStrategy legacy and a narrow permission.",
            )
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
        if approval.status == "denied" and await self._overruled(provider, approval, risk, caller):
            reasons = (*approval.reasons, BY_A_PERSON)
            approval = replace(approval, ts=time.time(), status="approved", reasons=reasons)
        await self._database.run(record_approval, approval)
        if approval.status == "denied":
            raise Denied(f"{tool} denied by MCP-managed approval policy", approval)
        return Decision(risk=risk, integrity=integrity, approval=approval)

    async def _overruled(self, provider: Provider, denied: Approval, risk: Risk, caller: Caller) -> bool:
        """Whether the person behind a denied request lets it pass. A decision is recorded once it is one."""
        if caller.ask is None or not self._config.ask_for_approval:
            return False
        asked = question(provider.info.title, denied, risk)
        return allows(await caller.ask(replace(asked, message=self._redact(asked.message))))

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


def may_follow(provider: Provider, amended: Request, admitted: Request, settings: Tables) -> bool:
    """Whether a request that was amended for another try asks for no more than the one let in, and nobody refuses it."""
    risk, before = provider.risk(amended), provider.risk(admitted)
    wider = lower(risk.autonomy, before.autonomy) != risk.autonomy or (risk.bypass and not before.bypass)
    verdicts = provider.admit(amended, risk, settings)
    return not wider and all(each.decision != "refused" for each in verdicts)
