"""What every HTTP request passes before it is heard: whom it is for, who sends it, how long it takes to say it."""

import base64
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import NamedTuple

import trio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.domain.caller import Caller
from gateway.rules.addresses import LOOPBACK, expected, named, origin_name

CALLER = "gateway.caller"
"""Where a request's scope holds its caller."""
PATIENCE = 60.0
"""Seconds that a request may take to arrive."""
CHALLENGE = 'Bearer realm="llm-cli-gateway"'
"""For programs."""
PROMPT = 'Basic realm="llm-cli-gateway", charset="UTF-8"'
"""For browsers, which ask their user then: the password is the token, the name is nobody's business."""


class Named:
    """Lets through what is said to a name of this server, by no page of another one."""

    def __init__(self, app: ASGIApp, bound: str, names: Collection[str]) -> None:
        self._app = app
        self._bound = bound
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http":
            answer = self._refusal(Headers(scope=scope)) or answer
        await answer(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        host = named(_only(headers, "host"))
        if not expected(host, self._bound, self._names):
            return refusal(
                421, "Invalid Host header", "Add the name to hosts of [http], if it is this server's."
            )
        if "origin" in headers:
            page = origin_name(_only(headers, "origin"))
            if page is None or page not in {host, *LOOPBACK, *self._names}:
                return refusal(
                    403, "Invalid Origin header", "Add its name to hosts of [http], if it is yours."
                )
        return None


def _only(headers: Headers, name: str) -> str:
    """The one header of this name, or nothing."""
    found = headers.getlist(name)
    return found[0] if len(found) == 1 else ""


def bearer(headers: Headers) -> str | None:
    """The token that a program shows."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    return shown.strip() if kind.lower() == "bearer" else None


def bearer_or_password(headers: Headers) -> str | None:
    """The token that a program shows, or a browser after it has asked its user."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    return _password(shown) if kind.lower() == "basic" else bearer(headers)


def _password(shown: str) -> str | None:
    try:
        return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    except ValueError:  # no Base64, or no text
        return None


class Way(NamedTuple):
    """How a token is shown, and how one is asked for."""

    shown: Callable[[Headers], str | None]
    challenges: tuple[str, ...]


PROGRAMS = Way(bearer, (CHALLENGE,))
BROWSERS = Way(bearer_or_password, (CHALLENGE, PROMPT))
"""For pages only: browsers send passwords unasked, whoever's page it is that sends the request."""


Recognize = Callable[[str | None], Caller | None]


class Known:
    """Lets through who is known, and what arrives in time."""

    def __init__(self, app: ASGIApp, recognize: Recognize, way: Way) -> None:
        self._app = app
        self._recognize = recognize
        self._way = way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._recognize(self._way.shown(Headers(scope=scope)))
        if caller is None:
            refused = refusal(401, "Unauthorized", "Send your token: Authorization: Bearer …")
            for challenge in self._way.challenges:  # a line for each: Chromium reads one from a line
                refused.headers.append("www-authenticate", challenge)
            await refused(scope, receive, send)
            return
        # The SDK compares the user of each request with the one who opened the session.
        user = AuthenticatedUser(AccessToken(token="", client_id=caller.principal, scopes=[]))
        seen = {**scope, CALLER: caller, "user": user}
        try:
            with suppress(ClientDisconnect):
                await self._app(seen, in_time(receive), send)
        except trio.TooSlowError:
            await refusal(408, "The request took too long to arrive", "Send it again.")(scope, receive, send)


def in_time(receive: Receive) -> Callable[[], Awaitable[Message]]:
    """What receives a request, and raises TooSlowError where it does not become whole."""
    whole = False
    deadline = trio.current_time() + PATIENCE

    async def received() -> Message:
        nonlocal whole
        if whole:
            return await receive()
        with trio.fail_at(deadline):
            message = await receive()
        whole = not message.get("more_body", False)
        return message

    return received


def caller_of(scope: Scope) -> Caller:
    """Who sent a request that was let through."""
    caller: Caller = scope[CALLER]
    return caller


def refusal(status: int, problem: str, remedy: str) -> Response:
    """An answer that says no more than it must, and what to do."""
    return JSONResponse({"error": problem, "remedy": remedy}, status_code=status)
