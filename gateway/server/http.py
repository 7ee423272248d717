"""The HTTP server: one runtime, and the same tools for every client that comes in."""

import logging
from collections.abc import Callable
from typing import cast

import trio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp

from gateway.config import Http
from gateway.domain.caller import Caller
from gateway.errors import ConfigError, StoreError
from gateway.rules.addresses import public_name
from gateway.server.app import Leave, make_server
from gateway.server.connections import serve_connections
from gateway.server.http_guard import BROWSERS, PROGRAMS, Known, Named, caller_of, refusal
from gateway.server.http_pages import PAGES, Page
from gateway.server.tasks import Context
from gateway.service.door import Door
from gateway.service.gateway import Gateway

log = logging.getLogger(__name__)


class HttpServer:
    """The application of a gateway behind a door."""

    def __init__(self, gateway: Gateway, door: Door) -> None:
        self._gateway = gateway
        self._door = door
        http = door.http
        self.clients = StreamableHTTPSessionManager(
            make_server(gateway, _caller),
            max_request_body_size=http.body,
            session_idle_timeout=http.session_idle,
            max_sessions=http.sessions,
        )
        """The sessions of the protocol. Whoever serves the application keeps them running."""
        pages = Starlette(routes=self._routes(), exception_handlers={404: _nowhere})
        self.app = Named(pages, door.host, _names(http))

    def _routes(self) -> list[Route]:
        door, protocol = self._door, self.clients.handle_request
        return [
            Route("/healthz", self._health),
            Route(door.http.path, Known(protocol, door.caller, PROGRAMS)),
            *(
                Route(path, Known(protocol, _always(caller), PROGRAMS))
                for path, caller in door.open_paths.items()
            ),
            *(Route(page.path, self._page(page)) for page in PAGES),
        ]

    def _page(self, page: Page) -> ASGIApp:
        async def answer(request: Request) -> Response:
            return await page.answer(self._gateway, caller_of(request.scope), request)

        return Known(request_response(answer), self._door.caller, BROWSERS)

    async def _health(self, _: Request) -> Response:
        """Whether requests can be taken in. It tells nothing else, for anybody may ask."""
        try:
            await self._gateway.database.version()
        except StoreError:
            return JSONResponse({"ok": False}, status_code=503)
        return JSONResponse({"ok": True})


async def _nowhere(_: Request, __: Exception) -> Response:
    return refusal(404, "Not found", "The server's log says where it serves MCP.")


def _caller(context: Context) -> Caller:
    """Who sent a message. One that came by HTTP and not through the guard is an error, never the local caller's."""
    return caller_of(cast("Request", context.request).scope)


def _names(http: Http) -> tuple[str, ...]:
    """The further names by which clients reach us: those that are configured, and that of the public address."""
    return (*http.hosts, *filter(None, (public_name(http.public_url),)))


def _always(caller: Caller) -> Callable[[str | None], Caller]:
    return lambda _: caller


async def serve_http(gateway: Gateway, ready: Callable[[Leave], None], *, opened: Door) -> None:
    """Serve clients over HTTP until told to go.

    ``ready`` is handed what makes us go first: it lets go of the clients, and leaves the jobs to the gateway.
    """
    over = trio.Event()

    async def leave() -> bool:
        patient = not over.is_set()
        gateway.closing = True
        over.set()
        return patient

    ready(leave)
    server = HttpServer(gateway, opened)
    listeners = await _listen(opened)
    for listener in listeners:
        log.info("serving MCP at %s", _address(listener, opened.http.path))
    if opened.token_file:
        log.info("its bearer token is in %s", opened.token_file)
    async with server.clients.run():
        await serve_connections(server.app, listeners, most=opened.http.connections, until=over)


async def _listen(door: Door) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(door.port, host=door.host)
    except OSError as error:
        raise ConfigError(
            f"Cannot listen at {door.host}:{door.port}: {error}",
            hint="Choose another with `gateway serve --http HOST:PORT`.",
        ) from error


def _address(listener: trio.SocketListener, path: str) -> str:
    host, port = listener.socket.getsockname()[:2]
    return f"http://[{host}]:{port}{path}" if ":" in host else f"http://{host}:{port}{path}"
