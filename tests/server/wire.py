"""A client of the newer protocol without a client library, for what such a library would not send."""

import json
from contextlib import asynccontextmanager

import trio
import trio.testing
from mcp_types.version import LATEST_MODERN_VERSION

from gateway.domain.caller import Caller
from gateway.server.app import make_server
from gateway.server.bootstrap import CAPABILITIES, VERSION
from gateway.server.stdio import Reader, Writer
from gateway.server.task_words import EXTENSION

from .hearing import Ear

PATIENCE = 60.0
DECLARED = {"extensions": {EXTENSION: {}}}


class Session:
    """A client of the newer protocol, down to its lines."""

    def __init__(self, stream: trio.abc.Stream, principal: str) -> None:
        self.principal = principal
        self._stream = stream
        self._ear = Ear(stream)

    async def ask(self, method: str, declared: dict | None = None, **params) -> dict:
        """The result of a request, or its error."""
        envelope = {VERSION: LATEST_MODERN_VERSION, CAPABILITIES: DECLARED if declared is None else declared}
        said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": envelope}}
        await self._stream.send_all(json.dumps(said).encode() + b"\n")
        answer = json.loads(await self._ear.line())
        return answer.get("result") or answer["error"]

    async def request(self, prompt: str, declared: dict | None = None, **arguments) -> dict:
        asked = {"prompt": prompt, **arguments}
        return await self.ask("tools/call", declared, name="echo_request", arguments=asked)

    async def until(self, task: str, *statuses: str) -> dict:
        """The task, once it is in one of these states."""
        while True:
            told = await self.ask("tasks/get", taskId=task)
            if told["status"] in statuses:
                return told
            await self.ask("tools/call", name="llm_job_watch", arguments={"jobId": task})


@asynccontextmanager
async def joined(gateway, principal: str = "local", table=None):
    theirs, ours = trio.testing.memory_stream_pair()
    session = Session(theirs, principal)
    server = make_server(gateway, lambda context: Caller(principal=session.principal), table)
    writer = Writer(ours)
    reader = Reader(ours, lambda: None, writer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.pump)
        nursery.start_soon(server.run, reader, writer, server.create_initialization_options())
        with trio.fail_after(PATIENCE):
            yield session
        nursery.cancel_scope.cancel()
