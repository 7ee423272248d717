"""The pages that the HTTP server has for people, by their address."""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.domain.caller import Caller
from gateway.server.status_page import PARTS
from gateway.service.gateway import Gateway


class Page(Struct, frozen=True):
    """An address, and who answers. Whoever asks has shown a token, as a program does or as a browser's password."""

    path: str
    answer: Callable[[Gateway, Caller, Request], Awaitable[Response]]


PAGES = tuple(Page(path, answer) for path, answer in PARTS.items())
