"""What every provider gets without asking. Registered like any plugin, and asked last."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from gateway.domain.approvals import Risk
from gateway.domain.launch import Resume
from gateway.domain.outcome import Ending, Exit, Outcome
from gateway.domain.probes import Login, Readings
from gateway.domain.provider import Catalog, ProviderInfo
from gateway.domain.request import Request
from gateway.errors import InvalidRequest
from gateway.hookspecs import hookimpl


@hookimpl(trylast=True)
def gateway_resume(provider: ProviderInfo, request: Request, fresh_id: str) -> Resume:
    chosen = fresh_id if provider.capabilities.chooses_session_id else None
    if request.create_new_session:
        return Resume("new", chosen)
    if request.session_id is not UNSET:
        if not re.fullmatch(provider.session_id, request.session_id):
            raise InvalidRequest(
                f"{request.session_id!r} is not a session id of {provider.title}.",
                hint="Use the sessionId of an earlier result.",
            )
        return Resume("id", request.session_id)
    return Resume("latest") if request.resume_latest else Resume("new", chosen)


@hookimpl(trylast=True)
def gateway_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {}


@hookimpl(trylast=True)
def gateway_risk() -> Risk:
    return Risk()


@hookimpl(trylast=True)
def gateway_judge(outcome: Outcome, exit: Exit) -> Outcome:
    return structs.replace(outcome, ending=_ending(outcome, exit))


def _ending(outcome: Outcome, exit: Exit) -> Ending:
    if outcome.ending != "ok":
        return outcome.ending
    if outcome.error is not None or exit.returncode != 0:
        return "provider_error"
    return "ok" if outcome.text.strip() else "empty"


@hookimpl(trylast=True)
def gateway_document(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "result": outcome.text,
        "session_id": outcome.session_id,
        "model": outcome.model,
        "usage": structs.asdict(outcome.usage),
        "stop_reason": outcome.stop_reason,
        "ending": outcome.ending,
    }


@hookimpl(trylast=True)
def gateway_login(readings: Readings) -> Login:
    return Login("unknown")


@hookimpl(trylast=True)
def gateway_catalog(provider: ProviderInfo) -> Catalog:
    return provider.catalog
