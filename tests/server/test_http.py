"""The HTTP server as programs meet it, at a port of this machine."""

import pytest

from gateway.host.tokens import ensure_token

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


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer"}, {"authorization": "Basic é"}],
)
async def test_nobody_is_heard_without_a_token(online, headers: dict[str, str]) -> None:
    async with online() as site:
        answer = await site.get("/mcp", headers={k: v.encode() for k, v in headers.items()})

    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:5173"}, 200),
    ],
)
async def test_pages_of_others_get_nothing_by_any_name(online, headers: dict[str, str], status: int) -> None:
    async with online() as site:
        answer = await site.get("/healthz", headers=headers)

    assert answer.status_code == status


@CLIENTS_OWN
async def test_the_token_file_opens(online, environ: dict[str, str]) -> None:
    async with online() as site, site.client() as client:
        assert site.token == ensure_token(environ["LLM_GATEWAY_STATE"])
        assert (await client.list_tools()).tools
