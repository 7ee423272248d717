"""What the doctor tells of the HTTP server's addresses."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from msgspec.structs import replace

from gateway.config import Config, Http
from gateway.host.tokens import ensure_token
from gateway.service.exposure import AuthReport, ExposureReport, Verification, exposure

NO_TOKEN = AuthReport(required=True, token_configured=False, source="none", named_tokens=0)


@pytest.fixture(autouse=True)
async def _bounded():
    with trio.fail_after(60):
        yield


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """The address of a server that answers everything with this status."""

    async def answer(stream: trio.SocketStream) -> None:
        async with stream:
            asked = await stream.receive_some()
            assert asked.startswith(b"HEAD /mcp ")
            await stream.send_all(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, host="127.0.0.1"), answer, 0)
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}/mcp"
        nursery.cancel_scope.cancel()


async def told(config: Config, *, deep: bool = False) -> tuple[ExposureReport, list[tuple[str, str]]]:
    report, findings = await exposure(config, deep=deep)
    return report, [(finding.level, finding.message) for finding in findings]


async def test_what_only_this_machine_reaches_is_in_order(config: Config) -> None:
    assert await told(config) == (
        ExposureReport(
            transport="stdio",
            mode="local_only",
            local_url="http://127.0.0.1:3333/mcp",
            public_url_configured=False,
            public_url=None,
            https_configured=False,
            web_clients_supported=False,
            tunnel_provider=None,
            reachable_from_web="not_checked",
            verification=Verification(),
            auth=NO_TOKEN,
        ),
        [],
    )


async def test_where_the_token_lies_is_told(config: Config) -> None:
    ensure_token(config.state)
    report, _ = await told(config)
    assert (report.auth.token_configured, report.auth.source) == (True, "token_file")
    report, _ = await told(replace(config, http=Http(tokens={"me": "t" * 32})))
    assert (report.auth.source, report.auth.named_tokens) == ("configuration", 1)


@pytest.mark.parametrize(("transport", "level"), [("stdio", "warning"), ("http", "error")])
async def test_what_would_not_start_is_told(config: Config, transport: str, level: str) -> None:
    bare = replace(config, transport=transport, http=Http(listen="0.0.0.0:3333"))
    _, findings = await told(bare)
    assert findings == [
        (level, "The HTTP server would listen at 0.0.0.0 without a token, and does not start.")
    ]
    _, findings = await told(replace(bare, http=Http(listen="[::]:1", auth="none")))
    assert findings == [(level, "The HTTP server would let everybody in who reaches ::, and does not start.")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, "reachable"), (401, "reachable"), (404, "unreachable"), (502, "unreachable")],
)
async def test_the_public_address_is_asked_for_its_head(config: Config, status: int, expected: str) -> None:
    async with answering(status) as url:
        report, findings = await told(replace(config, http=Http(public_url=url)), deep=True)
    assert report.verification == Verification(method="HEAD", checked_url=url, status_code=status)
    assert (report.reachable_from_web, bool(findings)) == (expected, expected == "unreachable")


async def test_nobody_asks_unasked(config: Config) -> None:
    report, findings = await told(replace(config, http=Http(public_url="https://gateway.invalid/mcp")))
    assert (report.mode, report.reachable_from_web, findings) == ("byo_reverse_proxy", "not_checked", [])


async def test_an_address_where_nobody_listens_is_a_finding(config: Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/mcp"
    report, findings = await told(replace(config, http=Http(public_url=url, verify_public_url=True)))
    assert (report.reachable_from_web, report.verification.status_code) == ("unreachable", None)
    assert [level for level, _ in findings] == ["warning"]


async def test_a_public_address_without_encryption_is_a_finding(config: Config) -> None:
    report, findings = await told(replace(config, http=Http(public_url="http://me:pw@gateway.example/mcp")))
    assert (report.mode, findings) == (
        "misconfigured",
        [
            (
                "warning",
                "The public address http://[redacted]@gateway.example/mcp is none that a client in the web could use.",
            )
        ],
    )
