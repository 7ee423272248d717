"""The HTTP server as programs meet it, at a port of this machine."""

import base64

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.domain.caller import Caller
from gateway.host.tokens import ensure_token
from gateway.server import http
from gateway.server.http_pages import Page
from gateway.service.gateway import Gateway

# The official client leaves the generators of its streams to the garbage collector, which complains of that.
CLIENTS_OWN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@CLIENTS_OWN
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_client_asks_in_both_eras(online, mode: str) -> None:
    async with online() as site, site.client(mode=mode) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        health = await client.call_tool("llm_process_health", {})

    assert "echo_request" in tools
    assert not health.is_error


async def test_health_is_for_everybody_and_says_nothing_more(online) -> None:
    async with online() as site:
        answer = await site.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_an_address_where_nothing_is_is_told_in_json(online) -> None:
    async with online() as site:
        answer = await site.get("/nowhere")

    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "Not found", "remedy": "The server's log says where it serves MCP."},
    )


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer"}, {"authorization": "Basic é"}],
)
async def test_nobody_is_heard_without_a_token(online, headers: dict[str, str]) -> None:
    async with online(tokens={"ann": "a" * 32}) as site:
        answer = await site.get("/mcp", headers={k: v.encode() for k, v in headers.items()})

    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:5173"}, 200),
        ({"host": "proxy.example", "origin": "https://proxy.example"}, 200),
        ({"host": "proxy.example, localhost"}, 421),
        ({"host": "127.0.0.1", "origin": "http://192.168.0.7"}, 403),
    ],
)
async def test_pages_of_others_get_nothing_by_any_name(online, headers: dict[str, str], status: int) -> None:
    async with online(hosts=("Proxy.example",)) as site:
        answer = await site.get("/healthz", headers=headers)

    assert answer.status_code == status


@CLIENTS_OWN
async def test_the_token_file_opens(online, environ: dict[str, str]) -> None:
    async with online() as site, site.client() as client:
        assert site.token == ensure_token(environ["LLM_GATEWAY_STATE"])
        assert (await client.list_tools()).tools


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        (f"Bearer {'a' * 32}", 200),
        (f"Basic {base64.b64encode(b'whoever:' + b'a' * 32).decode()}", 200),
        (f"Basic {base64.b64encode(b'a' * 32).decode()}", 401),
        ("Basic %%%", 401),
    ],
)
async def test_a_page_asks_a_browsers_user_for_the_token(
    online, monkeypatch: pytest.MonkeyPatch, authorization: str, status: int
) -> None:
    async def who(_: Gateway, caller: Caller, __: Request) -> Response:
        return PlainTextResponse(caller.principal)

    monkeypatch.setattr(http, "PAGES", (Page("/who", who),))
    async with online(tokens={"ann": "a" * 32}) as site:
        answer = await site.get("/who", headers={"authorization": authorization})

    assert answer.status_code == status
    assert answer.text == "ann" if status == 200 else "Basic" in answer.headers["www-authenticate"]
