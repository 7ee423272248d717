"""The state as a stream of server-sent events."""

import time
from collections.abc import Mapping

import msgspec
import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.service.gateway import Gateway
from gateway.service.overview import Look, Overview

PAUSE = 0.5
"""Seconds between two events, however much happens: nobody reads faster."""
QUIET = 15.0
"""Seconds without news after which a line says that we are still there; a browser that is gone is noticed by it."""


class Events(Response):
    """Each event is a whole overview: who comes back after a break has missed nothing."""

    media_type = "text/event-stream"

    def __init__(self, gateway: Gateway, principal: str | None, headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._look = Look(gateway, principal)
        self._everybody = principal is None

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell, send)
            while (await receive())["type"] != "http.disconnect":
                pass
            nursery.cancel_scope.cancel()

    async def _tell(self, send: Send) -> None:
        while True:
            event = b": nothing new\n\n"
            with trio.move_on_after(QUIET):
                event = b"data: %b\n\n" % self._told(await self._look.next())
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await trio.sleep(PAUSE)

    def _told(self, seen: Overview) -> bytes:
        more = {"everybody": self._everybody, "now": time.time()}
        return msgspec.json.encode({**msgspec.to_builtins(seen), **more})
