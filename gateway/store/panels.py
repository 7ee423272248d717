"""Panels, their seats and their receipts. The answers themselves are those of the seats' jobs until it is sealed."""

from typing import Any

import apsw
import msgspec
from msgspec import structs

from gateway.domain.panels import Panel, Seat
from gateway.store.rows import insert, select, update

_COLUMNS = tuple(name for name in Panel.__struct_fields__ if name != "seats")


def create_panel(connection: apsw.Connection, panel: Panel) -> None:
    """A panel and the seats it begins with."""
    columns = {name: getattr(panel, name) for name in _COLUMNS}
    insert(connection, "panels", **columns | {"request": msgspec.json.encode(panel.request).decode()})
    for seat in panel.seats:
        insert(connection, "seats", panel_id=panel.id, **structs.asdict(seat))


def get_panel(connection: apsw.Connection, panel_id: str, principal: str) -> Panel | None:
    """The principal's panel of this id."""
    row = connection.execute(
        f"select {', '.join(_COLUMNS)} from panels where id = ? and principal = ?", (panel_id, principal)
    ).fetchone()
    if row is None:
        return None
    columns: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    seats = tuple(select(connection, Seat, "seats where panel_id = ? order by number", panel_id))
    return msgspec.convert(
        columns | {"request": msgspec.json.decode(columns["request"]), "seats": seats}, Panel
    )


def seat_judge(connection: apsw.Connection, panel_id: str, judge: Seat) -> None:
    """Give the judge its seat. A panel has one judge: whoever came first stays."""
    there = connection.execute("select 1 from seats where panel_id = ? and role = 'judge'", (panel_id,))
    if there.fetchone() is None:
        insert(connection, "seats", panel_id=panel_id, **structs.asdict(judge))


def seal(connection: apsw.Connection, panel_id: str, receipt: str, *, at: float, keep_bodies: bool) -> None:
    """Close a panel with its receipt, once. What was asked goes where bodies are not to be kept."""
    forgotten = {} if keep_bodies else {"request": "{}"}
    update(
        connection,
        "panels",
        "id = ? and receipt is null",
        (panel_id,),
        receipt=receipt,
        sealed_at=at,
        **forgotten,
    )


def remove_panels(connection: apsw.Connection, before: float) -> None:
    """Forget the panels that were closed before a time, and their receipts with them."""
    connection.execute("delete from panels where sealed_at < ?", (before,))
