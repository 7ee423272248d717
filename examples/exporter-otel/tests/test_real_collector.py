"""The way of the README: `opentelemetry-instrument`, the real SDK, and a collector on loopback."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance

INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")


class Collector(ThreadingHTTPServer):
    """Keeps what is sent to it, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[tuple[str, bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep stderr clean."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(not INSTRUMENT.exists(), reason="install examples/exporter-otel[sdk]")
def test_a_span_reaches_a_collector_and_the_prompt_does_not(collector: Collector, tmp_path: Path) -> None:
    root, work = Path(__file__).parents[3], tmp_path / "work"
    work.mkdir()
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join((str(root), str(Path(__file__).parents[1]))),
        "GATEWAY_PLUGINS": "gateway.testing.echo,gateway_plugin_exporter_otel",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_address[1]}",
    }
    command = (str(INSTRUMENT), sys.executable, "-m", "gateway", "ask", "echo", "a needle")
    done = subprocess.run(command, env=environ, cwd=work, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "a needle\n"), done.stderr
    ((path, body),) = collector.sent
    assert path == "/v1/traces"
    assert b"invoke_agent echo" in body
    assert b"needle" not in body
