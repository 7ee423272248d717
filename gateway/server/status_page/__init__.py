"""The page for a person in a browser: what runs, what has ended, what it took. It is live, and brings all it needs."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from gateway.domain.caller import Caller
from gateway.server.status_page.stream import Events
from gateway.service.gateway import Gateway

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
"""What is shown was said by CLIs: nothing of it is ever run, and nothing is fetched from anywhere else."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


Answer = Callable[[Gateway, Caller, Request], Awaitable[Response]]


def part(name: str, media_type: str) -> Answer:
    """A file of the page."""

    async def answer(gateway: Gateway, caller: Caller, request: Request) -> Response:
        if gateway.config.http.status_page == "off":
            return Response("The status page is switched off.\n", 404, HEADERS)
        return Response(files(__name__).joinpath(name).read_bytes(), headers=HEADERS, media_type=media_type)

    return answer


async def events(gateway: Gateway, caller: Caller, request: Request) -> Response:
    """The state, told again whenever it has changed."""
    shown = gateway.config.http.status_page
    if shown == "off":
        return Response(status_code=404)
    return Events(gateway, None if shown == "all" else caller.principal, HEADERS)


PARTS: dict[str, Answer] = {
    "/": part("page.html", "text/html"),
    "/status.css": part("page.css", "text/css"),
    "/status.js": part("page.js", "text/javascript"),
    "/status/events": events,
}
"""By their addresses."""
