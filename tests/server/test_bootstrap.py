"""The first answers: given while the server is still being imported, and the SDK's own to the byte."""

import json
import os
import select
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from gateway.config import read_config
from gateway.plugin.manager import load
from gateway.server.app import make_server
from gateway.server.bootstrap import CAPABILITIES, CLIENT, MOST, READ, VERSION, Early
from gateway.server.recording import _Client, recorded
from gateway.server.stdio import Reader, Writer
from gateway.service.gateway import open_gateway

MODERN = KNOWN_PROTOCOL_VERSIONS[-1]
INFO = {"name": "test", "version": "1", "title": "Tëst"}
ENVELOPE = {
    VERSION: MODERN,
    CAPABILITIES: {"extensions": {"x/y": {}}, "roots": {"listChanged": True}},
    CLIENT: INFO,
}
PATIENCE = 30.0
ANSWERS = {
    "2025-06-18 initialize": '{"hello":1}',
    "2025-06-18 ping": "{}",
    "2025-06-18 tools/list": json.dumps({"tools": ["x" * 100_000]}),
    f"{MODERN} server/discover": '{"discovered":1}',
    f"{MODERN} tools/list": '{"tools":[]}',
}


def line(method: str, id: object = None, **params: object) -> bytes:
    said = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})
    return json.dumps(said).encode() + b"\n"


def hello(version: str = "2025-06-18", id: object = 0, **more: object) -> bytes:
    capabilities = {"sampling": {}, "roots": {"listChanged": True}, "elicitation": {"form": {}}}
    asked = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": INFO}
    return line("initialize", id, **(asked | more))


LEGACY = b"".join((
    hello(), line("notifications/initialized"), line("tools/list", 1), line("tools/call", "a", name="x"),
    b"\n", line("ping", "p", _meta={"progressToken": 3}), line("resources/list", 7),
))  # fmt: skip
NEWER = b"".join((
    line("server/discover", 0, _meta=ENVELOPE), line("tools/call", 1, name="x", _meta=ENVELOPE),
    line("tools/list", 2, _meta=ENVELOPE | {"progressToken": "t"}),
))  # fmt: skip


class Joined:
    """A client at the other end of two pipes."""

    def __init__(self, answers: dict[str, str]) -> None:
        incoming, self.ours = os.pipe()
        self.theirs, outgoing = os.pipe()
        self.early = Early(SimpleNamespace(answers=answers), (incoming, outgoing))
        self._open = {self.ours, self.theirs, incoming, outgoing}

    def say(self, data: bytes) -> None:
        os.write(self.ours, data)

    def hear(self, frames: int) -> list[bytes]:
        heard = b""
        while heard.count(b"\n") < frames:
            assert select.select([self.theirs], [], [], PATIENCE)[0], heard
            heard += os.read(self.theirs, 65536)
        return heard.splitlines(keepends=True)

    def taken_over(self) -> tuple[bytes, bytes]:
        """What the client has sent and has been sent, with what waits in the pipes."""
        self.early.end()
        sent, heard = bytes(self.early.unread), b""
        while select.select([self.early.incoming], [], [], 0)[0] and (
            more := os.read(self.early.incoming, 65536)
        ):
            sent += more
        self.shut(self.early.outgoing)
        while more := os.read(self.theirs, 65536):
            heard += more
        return sent, heard + self.early.unwritten

    def gives_up(self) -> None:
        """Wait until nothing is answered any more."""
        assert self.early._left.acquire(timeout=PATIENCE)
        self.early._left.release()

    def shut(self, *descriptors: int) -> None:
        for descriptor in descriptors:
            self._open.remove(descriptor)
            os.close(descriptor)

    def close(self) -> None:
        self.shut(*self._open)


@pytest.fixture
def joined() -> Iterator[Joined]:
    client = Joined(ANSWERS)
    yield client
    client.close()


def frame(id: object, result: str) -> bytes:
    return f'{{"jsonrpc":"2.0","id":{json.dumps(id)},"result":{result}}}\n'.encode()


@pytest.mark.parametrize(
    ("said", "questions"),
    [
        (LEGACY, {0: "2025-06-18 initialize", 1: "2025-06-18 tools/list", "p": "2025-06-18 ping"}),
        (NEWER, {0: f"{MODERN} server/discover", 2: f"{MODERN} tools/list"}),
    ],
    ids=["legacy", "modern"],
)
def test_known_questions_are_answered_and_everything_is_handed_over(joined: Joined, said, questions) -> None:
    joined.say(said)
    heard = joined.hear(len(questions))
    sent, _ = joined.taken_over()

    assert heard == [frame(id, ANSWERS[question]) for id, question in questions.items()]
    assert sent == said
    assert joined.early.answered == dict(zip(questions, heard, strict=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    said=st.sampled_from([LEGACY, NEWER]),
    cuts=st.lists(st.integers(0, len(LEGACY)), max_size=6),
    end=st.booleans(),
)
def test_nothing_is_lost_or_torn_wherever_the_bytes_are_cut(said: bytes, cuts: list[int], end: bool) -> None:
    client = Joined(ANSWERS | {"2025-06-18 tools/list": '{"tools":[]}'})
    places = [0, *sorted(cuts), len(said)]
    for start, stop in pairwise(places):
        client.say(said[start:stop])
    if end:
        client.shut(client.ours)
    sent, heard = client.taken_over()
    client.close()

    assert sent == said
    assert heard == b"".join(client.early.answered.values())


def test_an_answer_that_the_client_does_not_take_is_handed_over_unfinished(joined: Joined) -> None:
    joined.say(LEGACY)
    assert select.select([joined.theirs], [], [], PATIENCE)[0]
    while not joined.early.unwritten.startswith(b"x"):
        assert len(joined.early.answered) < 3
    sent, heard = joined.taken_over()

    assert sent == LEGACY
    assert heard == b"".join(joined.early.answered.values())


def test_what_is_too_much_waits_in_the_pipe(joined: Joined) -> None:
    joined.say(hello())
    for _ in range(MOST // 4096):
        joined.say(b"x" * 4096)
    joined.gives_up()
    sent, _ = joined.taken_over()

    assert MOST <= len(joined.early.unread) < len(sent) + READ
    assert sent == hello() + b"x" * MOST


def test_a_client_that_has_gone_is_found_by_the_server(joined: Joined) -> None:
    joined.shut(joined.theirs)
    joined.say(hello())
    joined.gives_up()
    joined.early.end()

    assert joined.early.unread == hello()


@pytest.mark.parametrize(
    "opening",
    [
        b"{}\n", b"[]\n", b"7\n", b"\xff\n", b"[" * 100_000 + b"\n", b'{"jsonrpc":"2.0","id":1}\n',
        hello("2024-10-07"), hello(id=True), hello(id=1.5), hello(id="ü"), hello(_meta={}),
        hello(clientInfo={"name": "\ud800", "version": "1"}),
        hello(capabilities={"roots": 5}), hello(capabilities=[]), hello(clientInfo={"name": "x"}),
        hello(clientInfo={"name": "x", "version": 1}), hello().replace(b'"2.0"', b'"1.0"'),
        line("tools/list", 1), line("ping", 1), line("resources/list", 1), line("initialize", 1),
        line("tools/list", 1, _meta=7),
        line("tools/list", 1, _meta={VERSION: MODERN}),
        line("tools/list", 1, _meta=ENVELOPE | {VERSION: "2027-01-01"}),
        line("tools/list", 1, _meta=ENVELOPE | {VERSION: "2025-06-18"}),
        hello(MODERN),
        hello()[:-1].decode().encode("utf-16") + b"\n",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_sdk(joined: Joined, opening: bytes) -> None:
    joined.say(opening)
    joined.say(line("tools/list", 9) + line("ping", 10))
    joined.gives_up()
    sent, heard = joined.taken_over()

    assert (sent, heard) == (opening + line("tools/list", 9) + line("ping", 10), b"")


@pytest.mark.parametrize(
    "asked",
    [
        line("tools/list", 1, cursor="x"), line("tools/list", 1, _meta={"other": 1}), hello(id=1),
        line("tools/list", 1, _meta=ENVELOPE), line("tools/list", 1, _meta=ENVELOPE | {VERSION: "2025-06-18"}),
        line("prompts/list", 1), line("notifications/cancelled", requestId=0),
    ],
)  # fmt: skip
def test_a_question_that_is_not_plain_is_not_answered_after_the_handshake_either(
    joined: Joined, asked
) -> None:
    joined.say(hello() + asked + line("ping", 9))
    heard = joined.hear(2)
    sent, _ = joined.taken_over()

    assert heard == [frame(0, ANSWERS["2025-06-18 initialize"]), frame(9, "{}")]
    assert sent == hello() + asked + line("ping", 9)


@pytest.mark.parametrize(
    "opening",
    [
        line("tools/call", 1, name="x", _meta=ENVELOPE), line("tools/list", 1, _meta=ENVELOPE, cursor="x"),
        line("tools/list", 1, _meta=ENVELOPE | {"x": 1}),
        line("tools/list", 1, _meta=ENVELOPE | {"progressToken": True}),
    ],
)  # fmt: skip
def test_where_all_need_an_envelope_nothing_else_is_answered(joined: Joined, opening: bytes) -> None:
    joined.say(opening + line("tools/list", 2) + line("ping", 3) + line("tools/list", 4, _meta=ENVELOPE))
    heard = joined.hear(1)
    joined.taken_over()

    assert heard == [frame(4, ANSWERS[f"{MODERN} tools/list"])]


def test_an_id_that_is_used_again_is_left_to_the_sdk(joined: Joined) -> None:
    joined.say(hello() + line("ping", 0) + line("ping", 1))
    joined.gives_up()
    _, heard = joined.taken_over()

    assert heard == frame(0, ANSWERS["2025-06-18 initialize"])


@pytest.fixture
async def server(environ, work, monkeypatch):
    monkeypatch.chdir(work)
    async with open_gateway(read_config(environ), load(["gateway.testing.echo"]), environ) as gateway:
        yield make_server(gateway)


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
async def test_the_first_answers_are_those_of_the_sdk_to_the_byte(server, version: str) -> None:
    envelope = ENVELOPE | {VERSION: version}
    legacy = (
        hello(version, "id-0"),
        line("tools/list", 1),
        line("ping", 2, _meta={"progressToken": 1}),
    )
    modern = (line("server/discover", 5, _meta=envelope), line("tools/list", "b", _meta=envelope))
    said = b"".join(modern if version == MODERN else legacy)
    client = _Client(said, said.count(b"\n"))
    with trio.fail_after(60):
        early = Joined(await recorded(server))
        writer = Writer(client)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.pump)
            await server.run(
                Reader(client, lambda: None, writer), writer, server.create_initialization_options()
            )
            nursery.cancel_scope.cancel()
        early.say(said)
        heard = await trio.to_thread.run_sync(early.hear, said.count(b"\n"))
    early.taken_over()
    early.close()

    assert sorted(heard) == sorted(client.heard.splitlines(keepends=True))


class _Hurried:
    """A client that says everything and goes as soon as nothing more comes."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self.heard = b""

    async def receive_some(self, _: int) -> bytes:
        said, self._said = self._said, b""
        if not said:
            await trio.testing.wait_all_tasks_blocked()
        return said

    async def send_all(self, data: bytes) -> None:
        self.heard += data

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


METHODS = ("initialize", "server/discover", "tools/list", "ping", "tools/call", "resources/list", "nonsense")
HELLOS = (
    {"protocolVersion": version, "capabilities": {}, "clientInfo": INFO} for version in ("2024-11-05", MODERN)
)
PARAMS = (
    {}, *HELLOS, {"cursor": "x"}, {"_meta": {}}, {"_meta": ENVELOPE}, {"_meta": ENVELOPE | {"progressToken": 1}},
    {"_meta": ENVELOPE | {VERSION: "2025-06-18"}}, {"_meta": ENVELOPE | {CAPABILITIES: {"roots": {"x": {}}}}},
    {"_meta": {VERSION: MODERN}}, {"_meta": ENVELOPE, "cursor": "x"}, {"_meta": {"progressToken": "p"}},
)  # fmt: skip


@pytest.fixture
async def answers(server) -> dict[str, str]:
    return await recorded(server)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(asked=st.lists(st.tuples(st.sampled_from(METHODS), st.sampled_from(PARAMS)), max_size=5))
async def test_whatever_is_asked_nothing_is_answered_that_the_sdk_would_not_answer(
    server, answers, asked
) -> None:
    said = b"".join(line(method, id, **params) for id, (method, params) in enumerate(asked))
    client = _Hurried(said)
    writer = Writer(client)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.pump)
        await server.run(Reader(client, lambda: None, writer), writer, server.create_initialization_options())
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    early = Joined(answers)
    early.say(said)
    early.shut(early.ours)
    early.gives_up()
    _, heard = early.taken_over()
    early.close()

    assert set(heard.splitlines()) <= set(client.heard.splitlines())
