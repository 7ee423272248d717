"""One question to several providers. Each seat is an ordinary request that may only look.

Whoever asks waits as for any request, and what has not ended then goes on. From the moment the seats are taken a
panel lives in the database alone: any gateway can see it to its end, and any number may do so at once.
"""

import math
import time
import uuid
from collections.abc import Sequence
from typing import Any

import trio
from msgspec import Struct, structs

from gateway.domain.caller import Caller
from gateway.domain.panels import Body, Intent, Panel, Seat
from gateway.rules.panel_prompts import seat_prompt
from gateway.rules.verdicts import stand
from gateway.service.gateway import Gateway
from gateway.service.seating import alone, begin_seat, whose
from gateway.service.settling import find, settle, settle_alone
from gateway.service.ticket import Ticket
from gateway.service.waiting import Notify
from gateway.store import panels


class Question(Struct, frozen=True, kw_only=True):
    """What a panel is asked, and by which providers it is to be answered and judged."""

    tool: str
    intent: Intent
    request: Body
    providers: tuple[str, ...]
    judge: str | None = None
    working_dir: str | None = None
    timeout_ms: int | None = None


async def convene(
    gateway: Gateway, question: Question, caller: Caller, notify: Notify | None, limit: float | None
) -> Panel:
    """Ask every provider, side by side, and wait for at most ``limit`` seconds; what still runs then goes on.

    Who stops waiting takes the question back.
    """
    until = math.inf if limit is None else trio.current_time() + limit
    table = _Table(gateway, _panel(question, caller), caller, notify)
    settled = False
    try:
        await table.sit(question.providers, until)
        with trio.move_on_at(until):
            await settle(gateway, table.panel, caller, notify)
            settled = True
    finally:
        if table.taken and not settled and not gateway.closing:
            gateway.nursery.start_soon(settle_alone, gateway, table.panel, caller)
    return await find(gateway, table.panel.id, caller)


def _panel(question: Question, caller: Caller) -> Panel:
    asked = {name: value for name, value in structs.asdict(question).items() if name != "providers"}
    return Panel(id=str(uuid.uuid4()), principal=caller.principal, created_at=time.time(), **asked)


class _Table:
    """Those who wait at one panel, from the first seat taken to the last that has ended or was left to itself."""

    def __init__(self, gateway: Gateway, panel: Panel, caller: Caller, notify: Notify | None) -> None:
        self.panel = panel
        self.taken = False
        """Whether the database knows the panel."""
        self._gateway = gateway
        self._caller = caller
        self._notify = notify
        self._seats: dict[int, Seat] = {}

    async def sit(self, providers: Sequence[str], until: float) -> None:
        full = trio.Event()
        prompt = seat_prompt(self.panel.intent, self.panel.request) if providers else ""

        async def take(number: int, name: str) -> None:
            seat = Seat(number=number, provider=name, correlation_id=f"validation-{self.panel.id}-{name}")
            ticket, self._seats[number] = await begin_seat(
                self._gateway, self.panel, seat, prompt, self._caller
            )
            if len(self._seats) == len(providers):
                full.set()
            if ticket is not None:
                await self._wait(ticket, until)

        try:
            async with trio.open_nursery() as nursery:
                for number, name in enumerate(providers):
                    nursery.start_soon(take, number, name)
                if providers:
                    await full.wait()
                seats = tuple(seat for _, seat in sorted(self._seats.items()))
                self.panel = structs.replace(self.panel, seats=seats)
                kept = structs.replace(self.panel, request=_clean(self._gateway, self.panel.request))
                await self._gateway.database.run(panels.create_panel, kept)
                self.taken = True
        except ExceptionGroup as group:  # one failure stays one failure
            raise alone(group) from None

    async def _wait(self, ticket: Ticket, until: float) -> None:
        title = ticket.provider.info.title
        left = max(0.0, until - trio.current_time())
        reply = await self._gateway.wait(ticket, whose(self._notify, title), left)
        if reply is not None and self._notify is not None:
            await self._notify(f"{title}: {stand(reply.outcome.ending, reply.outcome.text)}")


def _clean(gateway: Gateway, value: Any) -> Any:
    """A question without the secrets that it may hold: this is what is kept of it."""
    match value:
        case str():
            return gateway.redact(value)
        case list() | tuple():
            return [_clean(gateway, item) for item in value]
        case dict():
            return {name: _clean(gateway, item) for name, item in value.items()}
    return value
