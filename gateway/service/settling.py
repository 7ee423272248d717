"""Seeing a panel to its end: its seats, its judge, its receipt. Every step may be taken by any gateway, and twice."""

import contextlib
import logging
import time
from collections.abc import Sequence

import trio

from gateway.domain.caller import Caller
from gateway.domain.panels import Opinion, Panel, Seat
from gateway.errors import GatewayError, NotFound
from gateway.rules.panel_prompts import judge_prompt, told_to_judge
from gateway.rules.verdicts import hindrance
from gateway.service.gateway import Gateway
from gateway.service.opinions import hashed, opinions
from gateway.service.receipts import write_receipt
from gateway.service.seating import alone, begin_seat, whose
from gateway.service.waiting import Notify
from gateway.store import panels

log = logging.getLogger(__name__)


async def settle_alone(gateway: Gateway, panel: Panel, caller: Caller) -> None:
    """See a panel to its end although nobody waits for it any longer."""
    try:
        await settle(gateway, panel, caller, None)
    except GatewayError as error:  # whoever collects it next tries again
        log.warning("validation %s: %s", panel.id, error)


async def settle(gateway: Gateway, panel: Panel, caller: Caller, notify: Notify | None) -> None:
    """Wait until all seats have ended, then the judge's, and seal the receipt."""

    async def follow(job_id: str, tell: Notify | None) -> None:
        with contextlib.suppress(NotFound):  # its job is no longer kept
            await gateway.waiting.ended(job_id, tell)

    while running := await advance(gateway, panel.id, caller):
        try:
            async with trio.open_nursery() as nursery:
                for opinion in running:
                    nursery.start_soon(follow, str(opinion.job_id), whose(notify, opinion.provider))
        except ExceptionGroup as group:  # one failure stays one failure
            raise alone(group) from None


async def advance(gateway: Gateway, panel_id: str, caller: Caller) -> list[Opinion]:
    """Do what can be done now: seat the judge, or seal the receipt. What still runs; nothing: it is sealed."""
    panel = await find(gateway, panel_id, caller)
    if panel.receipt is not None:
        return []
    told = await opinions(gateway, panel)
    running = [opinion for opinion in told if opinion.verdict == "running"]
    if running:
        return running
    if panel.judge is not None and not panel.of("judge") and not hindrance(told):
        await _seat_judge(gateway, panel, told, caller)
        return await advance(gateway, panel_id, caller)
    await _seal(gateway, panel, told)
    return []


async def _seat_judge(gateway: Gateway, panel: Panel, told: Sequence[Opinion], caller: Caller) -> None:
    """Let the judge begin. Two gateways that do so at once ask the same and share one run."""
    results = [told_to_judge(opinion) for opinion in told] or panel.request.get("providerResults", [])
    asked = {name: value for name, value in panel.request.items() if name != "providerResults"}
    seat = Seat(
        number=len(panel.seats),
        role="judge",
        provider=str(panel.judge),
        correlation_id=f"validation-judge-{panel.id}-{panel.judge}",
    )
    _, seat = await begin_seat(gateway, panel, seat, judge_prompt(asked, results), caller)
    await gateway.database.run(panels.seat_judge, panel.id, seat)


async def _seal(gateway: Gateway, panel: Panel, told: Sequence[Opinion]) -> None:
    at, keep = time.time(), gateway.config.flight_bodies
    whole = [await hashed(gateway, panel, opinion) for opinion in told]
    receipt = write_receipt(panel, whole, at=at, keep_bodies=keep)
    await gateway.database.run(panels.seal, panel.id, receipt, at=at, keep_bodies=keep)


async def collect(
    gateway: Gateway, panel_id: str, caller: Caller, notify: Notify | None, limit: float
) -> Panel:
    """A panel of the caller's, whichever gateway took it: as it is after at most ``limit`` seconds."""
    panel = await find(gateway, panel_id, caller)
    if await advance(gateway, panel_id, caller):
        with trio.move_on_after(limit):
            await settle(gateway, panel, caller, notify)
    return await find(gateway, panel_id, caller)


async def find(gateway: Gateway, panel_id: str, caller: Caller) -> Panel:
    """A panel of the caller's."""
    found = await gateway.database.read(panels.get_panel, panel_id, caller.principal)
    if found is None:
        raise NotFound("Validation not found", hint="Use the validationId of a report.")
    return found
