"""The tool that shows the decisions of the managed approval."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.rules.arguments import accept
from gateway.server.render import approval_told, json_result
from gateway.server.spec import Call, Result, ToolSpec, plain
from gateway.store.approvals import newest_approvals


class ApprovalList(Struct, frozen=True, kw_only=True):
    """Decisions of the managed approval, newest first."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cli: Annotated[str, Meta(description="One provider only")] | UnsetType = UNSET


async def _list(call: Call) -> Result:
    asked, _ = accept(call.arguments, ApprovalList)
    cli = None if isinstance(asked.cli, UnsetType) else call.gateway.plugins.provider(asked.cli).name
    found = await call.gateway.database.read(newest_approvals, call.caller.principal, asked.limit, cli)
    told = [approval_told(approval) for approval in found]
    return json_result({"success": True, "count": len(told), "approvals": told})


def approval_tools() -> list[ToolSpec]:
    """What was let pass, and what was not."""
    return [plain("approval_list", "List approvals", ApprovalList, _list, read_only=True, idempotent=True)]
