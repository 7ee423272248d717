"""The decisions of the managed approval."""

import apsw
import msgspec

from gateway.domain.approvals import Approval
from gateway.store.rows import insert

COLUMNS = ("id", "ts", "principal", "cli", "decision")


def record_approval(connection: apsw.Connection, approval: Approval) -> None:
    insert(
        connection,
        "approvals",
        id=approval.id,
        ts=approval.ts,
        principal=approval.principal,
        cli=approval.cli,
        decision=msgspec.json.encode(approval).decode(),
    )


def newest_approvals(
    connection: apsw.Connection, principal: str, most: int, cli: str | None
) -> list[Approval]:
    """The principal's newest decisions first."""
    rows = connection.execute(
        "select decision from approvals where principal = ?1 and (?2 is null or cli = ?2)"
        " order by ts desc, id limit ?3",
        (principal, cli, most),
    )
    return [msgspec.json.decode(str(decision), type=Approval) for (decision,) in rows]
