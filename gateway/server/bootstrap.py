"""Answers a client while the rest of the server is still being imported.

Clients begin with the same questions, and the SDK answered them at an earlier start (`gateway/server/remembered.py`).
Here a thread gives these answers again while the main thread imports the SDK. Then the SDK is handed everything that
the client has sent, from the first byte, and what it answers to a question already answered is compared and dropped:
its session is what it would be if nobody had been here. What is not plain is never answered here.

This file imports nothing that takes time; every start pays for it.
"""

import _thread
import fcntl
import json
import os
import select
import sys

TYPE_CHECKING = False  # importing it would cost as much as everything else here
if TYPE_CHECKING:
    from typing import Any

    from gateway.server.remembered import Memory

READ = 64 * 1024
MOST = 1024 * 1024
"""Bytes that are taken in before the SDK is there; the rest waits in the pipe."""
TURN = 0.0005
"""Seconds after which importing lets the answering thread have its turn."""
ENVELOPE = "io.modelcontextprotocol/"
VERSION, CAPABILITIES, CLIENT = (
    f"{ENVELOPE}{name}" for name in ("protocolVersion", "clientCapabilities", "clientInfo")
)
HALF = b"\\ud"
"""Begins half of a surrogate pair, a character only beside its other half: ours and the SDK's parser differ here."""
HANDSHAKE = ("ping", "tools/list")
"""What is answered after the handshake of the older protocol; the newer one has no handshake."""


def divert() -> "tuple[int, int]":
    """Take standard input and output for ourselves: whatever prints by mistake reaches stderr, not the wire."""
    taken = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3), fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return taken


class Early:
    """The beginning of a connection, answered from memory by a thread until `end` is called."""

    def __init__(self, memory: "Memory", streams: "tuple[int, int]") -> None:
        self.memory = memory
        self.incoming, self.outgoing = streams
        self.unread = bytearray()
        """All that the client has sent."""
        self.unwritten = b""
        """The rest of an answer that the client has not taken yet."""
        self.answered: dict[Any, bytes] = {}
        """The frames that are answers already, by the id of the question."""
        self._version = ""
        self._enveloped = False
        self._seen = 0
        self._plain = True
        self._wake = os.pipe()
        self._left = _thread.allocate_lock()
        self._left.acquire()
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        _thread.start_new_thread(self._attend, ())

    def end(self) -> None:
        """Stop answering: both descriptors are the caller's, with what is unread and unwritten."""
        os.write(self._wake[1], b"\n")
        self._left.acquire()
        for descriptor in self._wake:
            os.close(descriptor)
        sys.setswitchinterval(self._turn)

    def _attend(self) -> None:
        try:
            while self._plain and len(self.unread) < MOST and self._may(self.incoming, select.POLLIN):
                data = os.read(self.incoming, READ)
                if not data:
                    return
                self.unread += data
                self._answer_lines()
        except OSError:
            pass  # the client is gone; whoever takes over finds the same
        finally:
            self._left.release()

    def _may(self, descriptor: int, event: int) -> bool:
        """Wait until a descriptor is ready. False: somebody else takes over."""
        waiting = select.poll()
        waiting.register(descriptor, event)
        waiting.register(self._wake[0], select.POLLIN)
        return all(found != self._wake[0] for found, _ in waiting.poll())

    def _answer_lines(self) -> None:
        while self._plain and not self.unwritten and (end := self.unread.find(b"\n", self._seen)) >= 0:
            line = bytes(self.unread[self._seen : end])
            self._seen = end + 1
            if line.strip():
                self._answer(line)

    def _answer(self, line: bytes) -> None:
        try:
            _need(HALF not in line.lower())
            message = json.loads(line.decode())
            ours = self._question(message)
        except (ValueError, RecursionError, TypeError, LookupError, AttributeError):
            self._plain = False  # a message of a shape that is the SDK's to judge
            return
        result = self.memory.answers.get(ours)
        if result is None:
            return
        head = json.dumps(message["id"], ensure_ascii=False)
        frame = f'{{"jsonrpc":"2.0","id":{head},"result":{result}}}\n'.encode()
        self.answered[message["id"]] = frame
        self.unwritten = frame
        while self.unwritten and self._may(self.outgoing, select.POLLOUT):
            written = os.write(self.outgoing, self.unwritten[: select.PIPE_BUF])
            self.unwritten = self.unwritten[written:]

    def _question(self, message: "dict[str, Any]") -> str:
        """What a plain message asks, as a key of the answers; anything else raises."""
        _need(message["jsonrpc"] == "2.0" and not message.keys() - {"jsonrpc", "id", "method", "params"})
        method, params = message["method"], message.get("params", {})
        meta = params.get("_meta", {})
        if "id" not in message:
            return ""
        _need(type(message["id"]) is int or (message["id"].isascii() and message["id"].isprintable()))
        _need(message["id"] not in self.answered)
        opens = not self._version
        if opens:
            self._open(method, params, meta)
        if self._enveloped:
            ours = meta.get(VERSION) == self._version and _enveloped(params, meta)
        else:
            ours = opens or (method in HANDSHAKE and not params.keys() - {"_meta"} and _marked(meta))
        return f"{self._version} {method}" if ours else ""

    def _open(self, method: str, params: "dict[str, Any]", meta: "dict[str, Any]") -> None:
        """The first request decides the era."""
        if method == "initialize":
            self._version = params["protocolVersion"]
            _need(not params.keys() - {"protocolVersion", "capabilities", "clientInfo"})
            _need(_client(params["clientInfo"]) and _capabilities(params["capabilities"]))
        else:
            self._version, self._enveloped = meta[VERSION], True
        known = "server/discover" if self._enveloped else "initialize"
        _need(f"{self._version} {known}" in self.memory.answers)


def _need(plain: bool) -> None:
    if not plain:
        raise ValueError


def _enveloped(params: "dict[str, Any]", meta: "dict[str, Any]") -> bool:
    """Whether a request of the newer protocol has nothing but its envelope."""
    return (
        not params.keys() - {"_meta"}
        and _marked({name: meta[name] for name in meta if name not in (VERSION, CAPABILITIES, CLIENT)})
        and _capabilities(meta[CAPABILITIES])
        and (CLIENT not in meta or _client(meta[CLIENT]))
    )


def _marked(meta: "dict[str, Any]") -> bool:
    """Whether a request says no more of itself than how its progress is to be called."""
    return not meta.keys() - {"progressToken"} and type(meta.get("progressToken", 0)) in (int, str)


def _client(said: "dict[str, Any]") -> bool:
    return {"name", "version"} <= said.keys() and all(type(value) is str for value in said.values())


def _capabilities(said: "dict[str, Any]") -> bool:
    return all(
        type(each) is dict and all(type(value) in (dict, bool) for value in each.values())
        for each in said.values()
    )
