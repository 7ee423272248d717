"""A client of MCP over a server's standard input and output that is quicker than what it measures."""

import os
import re
import select
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import msgspec

READ = 1 << 20
PATIENCE = 180.0
"""Seconds after which an answer counts as never given."""
NUMBER = re.compile(rb'"id":\s*(\d+)')


class Answer(NamedTuple):
    """What came back for a request, and when: nanoseconds of the monotonic clock."""

    line: bytes
    sent: int
    received: int

    @property
    def ms(self) -> float:
        return (self.received - self.sent) / 1e6

    @property
    def result(self) -> dict[str, Any]:
        return msgspec.json.decode(self.line).get("result") or {}


class Peer:
    """One server process and the connection to it."""

    def __init__(self, command: Sequence[str], *, environ: Mapping[str, str], folder: str, log: str) -> None:
        self._log = open(log, "ab")  # noqa: SIM115 - closed by `close`
        self.begun = time.monotonic_ns()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._rest: list[bytes] = []
        self._sent: dict[int, int] = {}
        self._answers: dict[int, Answer] = {}
        self._number = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, method: str, params: Mapping[str, Any] | None = None) -> int:
        """Send a request; its number."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params or {}}
        self._sent[self._number] = time.monotonic_ns()
        self._write(message)
        return self._number

    def tell(self, method: str) -> None:
        """Send a notification."""
        self._write({"jsonrpc": "2.0", "method": method})

    def _write(self, message: Mapping[str, Any]) -> None:
        rest = memoryview(msgspec.json.encode(message) + b"\n")
        while rest:
            rest = rest[os.write(self._in, rest) :]

    def wait(self, number: int) -> Answer:
        """The answer to one request."""
        while number not in self._answers:
            self._take_in()
        return self._answers.pop(number)

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> Answer:
        return self.wait(self.send(method, params))

    def calls(self, asked: Iterable[Mapping[str, Any]], *, at_once: int) -> list[Answer]:
        """Call tools, so many at a time; the answers in the order of the calls."""
        numbers: list[int] = []
        flying: set[int] = set()
        for params in asked:
            while len(flying) >= at_once:
                self._take_in()
                flying -= self._answers.keys()
            numbers.append(self.send("tools/call", params))
            flying.add(numbers[-1])
        return [self.wait(number) for number in numbers]

    def _take_in(self) -> None:
        if not self._poll.poll(PATIENCE * 1000):
            raise TimeoutError("no answer")
        while True:
            try:
                data = os.read(self._out, READ)
            except BlockingIOError:
                return
            if not data:
                raise ConnectionError("the server is gone")
            self._cut(data, time.monotonic_ns())

    def _cut(self, data: bytes, at: int) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole = b"".join((*self._rest, line))
            self._rest = []
            self._sort(whole, at)
        if rest:
            self._rest.append(rest)

    def _sort(self, line: bytes, at: int) -> None:
        """Keep an answer; whatever else a server says is not of interest."""
        found = NUMBER.search(line[:80]) or NUMBER.search(line[-80:])
        if found is not None and int(found[1]) in self._sent:
            number = int(found[1])
            self._answers[number] = Answer(line, self._sent.pop(number), at)

    def greet(self) -> Answer:
        """The handshake."""
        client = {"name": "benchmarks", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        answer = self.call("initialize", hello)
        self.tell("notifications/initialized")
        return answer

    def close(self) -> None:
        """Leave as clients do, and see to it that the server is gone."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
