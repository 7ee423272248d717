"""The HTTP server of the mock, and the record of what reached it."""

import gzip
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from .anthropic import ANTHROPIC
from .catalogue import small_answer
from .chat import CHAT
from .conversation import Conversation, Json, Protocol, Request
from .google import GOOGLE
from .plan import answer
from .reply import Reply
from .responses import RESPONSES
from .words import number, words
from .xai import XAI_CHAT, XAI_RESPONSES

PROTOCOLS = (ANTHROPIC, RESPONSES, GOOGLE, XAI_RESPONSES, XAI_CHAT, CHAT)

STOP_SECONDS = 5


class MockApi:
    """A server on a free port of the loopback interface, from `with` to its end."""

    def __init__(self, log: Path) -> None:
        """`log`: the file that gets a line of JSON for each request."""
        self.log = log
        self.closing = threading.Event()
        self._arrival = threading.Condition()
        self._requests: list[Request] = []
        self._failures: Counter[str] = Counter()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(STOP_SECONDS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def requests(self, mention: str = "") -> list[Request]:
        """The requests so far whose body mentions the text, the oldest first."""
        with self._arrival:
            return [request for request in self._requests if mention in json.dumps(request.body)]

    def wait_for_request(self, mention: str, seconds: float = 30) -> Request:
        """The first request whose body mentions the text. It may still be unanswered."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: self.requests(mention), seconds):
                raise TimeoutError(f"No request mentioned {mention!r} within {seconds} s.")
            return self.requests(mention)[0]

    def record(self, request: Request) -> None:
        """Keep the request, in memory and as a line of the log."""
        with self._arrival:
            self._requests.append(request)
            with self.log.open("a") as log:
                log.write(json.dumps(request._asdict()) + "\n")
            self._arrival.notify_all()

    def fails(self, prompt: str, chosen: dict[str, str]) -> bool:
        """Whether this request of the prompt gets the error that the prompt asks for."""
        if "error" not in chosen:
            return False
        with self._arrival:
            self._failures[prompt] += 1
            return self._failures[prompt] <= number(chosen.get("times", ""), float("inf"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, api: MockApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep stderr clean; the record says more."""

    def handle(self) -> None:
        """Serve the connection until the client leaves, which a killed CLI does in the middle."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        request = self._request(b"")
        self.server.api.record(request)
        self._send_small(request)

    def do_POST(self) -> None:
        request = self._request(self._read_body())
        self.server.api.record(request)
        for protocol in PROTOCOLS:
            if protocol.path.search(request.path):
                self._converse(protocol, protocol.read(request))
                return
        self._send_small(request)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _request(self, body: bytes) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.path.partition("?")[0], headers, json.loads(body or b"{}"))

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send_small(self, request: Request) -> None:
        if (document := small_answer(request)) is None:
            self._send_json({"error": {"code": 404, "message": f"mock: there is no {request.path}"}}, 404)
        else:
            self._send_json(document)

    def _converse(self, protocol: Protocol, conversation: Conversation) -> None:
        """Answer a question to the model."""
        chosen = {} if conversation.side else words(conversation.prompt)
        if "hang" in chosen:
            self.server.api.closing.wait()
            self.close_connection = True
        elif self.server.api.fails(conversation.prompt, chosen):
            status = int(chosen["error"])
            self._send_json(protocol.error(status), status)
        elif conversation.streams:
            self._send_stream(protocol, answer(conversation), conversation.model)
        else:
            reply = answer(conversation)
            self.server.api.closing.wait(reply.seconds)
            self._send_json(protocol.whole(reply, conversation.model))

    def _send_json(self, document: Json, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_stream(self, protocol: Protocol, reply: Reply, model: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in protocol.stream(reply, model, reply.pieces(self.server.api.closing.wait)):
            self.wfile.write(event)
            self.wfile.flush()
