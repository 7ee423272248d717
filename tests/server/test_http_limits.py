"""What the HTTP server does with too much, too slow, too many, and with what is not HTTP at all."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import trio
import trio.testing
from starlette.responses import StreamingResponse

from gateway.server import connections, http_guard
from gateway.server.app import Leave
from gateway.server.http import serve_http
from gateway.service.door import door

ANN, BOB = "a" * 32, "b" * 32
TWO = {"tokens": {"ann": ANN, "bob": BOB}}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
SECRET = "/chatgpt/" + "0123456789abcdef" * 4 + "/mcp"


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 1024


async def test_a_session_is_its_principals_own(online) -> None:
    async with online(**TWO, open_paths=(SECRET,)) as site:
        session = await site.session(ANN)
        own = await site.post(PING, ANN, session)
        theirs = await site.post(PING, BOB, session)
        by_secret = await site.post(PING, "-", session, SECRET)
        nobodys = await site.post(PING, BOB, "0" * 32)

    assert own.status_code == 200
    assert [theirs.status_code, theirs.json()] == [404, nobodys.json()] == [404, by_secret.json()]


async def test_an_address_that_is_a_secret_needs_no_token(online) -> None:
    async with online(**TWO, open_paths=(SECRET,)) as site:
        session = await site.session("-", SECRET)
        answers = [await site.post(PING, token, session, SECRET) for token in ("-", ANN)]
        elsewhere = await site.post(PING, ANN, session)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert elsewhere.status_code == 404


async def test_a_request_may_be_only_so_large_however_it_is_sent(online) -> None:
    async with online(**TWO, body=2048) as site:
        told = await site.post(b" " * 4096, ANN)
        chunked = await site.post(endless(), ANN)
        small = await site.session(ANN)

    assert [told.status_code, chunked.status_code] == [413, 413]
    assert small


async def test_a_request_of_a_stranger_is_not_even_read(online) -> None:
    async with online(**TWO) as site:
        answer = await site.post(endless(), "nobody")

    assert answer.status_code == 401


async def test_a_request_that_does_not_arrive_is_given_up(online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "PATIENCE", 0.05)
    head = (
        f"POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ANN}\r\ncontent-length: 9\r\n\r\n"
    )
    async with online(**TWO) as site, await site.raw() as stream:
        await stream.send_all(head.encode() + b"{")
        with trio.fail_after(60):
            answer = await stream.receive_some()

    assert answer.startswith(b"HTTP/1.1 408")


async def test_there_are_only_so_many_sessions(online) -> None:
    async with online(**TWO, sessions=1) as site:
        await site.session(ANN)
        refused = await site.post({"jsonrpc": "2.0", "id": 1, "method": "initialize"}, BOB)

    assert refused.status_code == 503


async def test_a_session_that_nobody_uses_ends(online) -> None:
    async with online(**TWO, session_idle=0.02) as site:
        session = await site.session(ANN)
        with trio.fail_after(60):
            while (await site.post(PING, ANN, session)).status_code == 200:
                await trio.testing.wait_all_tasks_blocked(0.03)


async def test_there_are_only_so_many_connections(online) -> None:
    async with online(**TWO, connections=1) as site, await site.raw() as first:
        await first.send_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        told = await first.receive_some()
        async with await site.raw() as second:
            with trio.fail_after(60):
                refused = await second.receive_some()

    assert (told[:12], refused[:12]) == (b"HTTP/1.1 200", b"HTTP/1.1 503")


async def test_a_client_that_goes_in_the_middle_is_no_trouble(
    online, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        f"POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ANN}\r\ncontent-length: 9\r\n\r\n"
    )
    async with online(**TWO) as site:
        async with await site.raw() as stream:
            await stream.send_all(head.encode() + b"{")
            await trio.testing.wait_all_tasks_blocked(0.01)
        await trio.testing.wait_all_tasks_blocked(0.01)

    assert [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_connection_ends_with_its_client(online) -> None:
    async with online(**TWO, connections=1) as site:
        for _ in range(3):
            async with await site.raw() as stream:
                await stream.send_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
                told = await stream.receive_some()
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "bytes_",
    [
        b"GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nX",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense",
        b"\x16\x03\x01 this is no HTTP",
    ],
    ids=["websocket", "http2", "tls"],
)
async def test_one_bad_connection_leaves_the_others_alone(online, bytes_: bytes, caplog) -> None:
    async with online(**TWO) as site:
        async with await site.raw() as stream:
            await stream.send_all(bytes_)
            await stream.send_eof()
            with trio.fail_after(60):
                while await stream.receive_some():
                    pass
        answer = await site.get("/healthz")

    assert answer.status_code == 200


async def test_the_server_goes_when_it_is_told_to_although_somebody_is_connected(
    online, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(connections, "GRACE", 0.05)
    leaves: list[Leave] = []
    async with online(**TWO) as site:
        opened = door(site.gateway.config, "127.0.0.1:0")
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(partial(serve_http, site.gateway, leaves.append, opened=opened))
                while not (found := [each for each in caplog.messages if each.startswith("serving MCP at ")]):
                    await trio.testing.wait_all_tasks_blocked()
                (told,) = found
                site.address = told.split()[-1].removesuffix("/mcp")
                async with await site.raw() as stream:
                    await stream.send_all(b"POST /mcp HTTP/1.1\r\nhost: localhost\r\n")
                    patient = [await leaves[0](), await leaves[0]()]

    assert patient == [True, False]
    assert site.gateway.closing


async def spaces() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 2**20


@pytest.mark.parametrize("patience", [0.05, 600.0])
async def test_a_client_that_does_not_receive_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", patience)
    monkeypatch.setattr(connections, "GRACE", 0.05)
    flood = StreamingResponse(spaces())
    listeners, over = await trio.open_tcp_listeners(0, host="127.0.0.1"), trio.Event()
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(connections.serve_connections, flood, listeners, most=1, until=over))
            stream = await trio.testing.open_stream_to_socket_listener(listeners[0])
            await stream.send_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await trio.testing.wait_all_tasks_blocked(0.2)
            other = await trio.testing.open_stream_to_socket_listener(listeners[0])
            await other.send_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            told = await other.receive_some(12)
            over.set()
            await other.aclose()
        await stream.aclose()

    assert told == (b"HTTP/1.1 200" if patience < 1 else b"HTTP/1.1 503")
