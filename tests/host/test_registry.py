"""The newest release, from registries that answer, lie, stall or are not there. All of them are on this machine."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
import trio

from gateway.domain.probes import Package
from gateway.host import registry
from gateway.host.registry import newest

ANSWERS = {
    "/npm/@acme%2Fcode": b'{"name": "@acme/code", "version": "1.2.3"}',
    "/npm/acme": b'{"version": "2.0.0-rc.1"}',
    "/npm/odd": b'{"version": "1.0; rm -rf"}',
    "/npm/none": b"{}",
    "/npm/broken": b"<html>",
    "/npm/number": b'{"version": 3}',
    "/pypi/acme": b'{"info": {"version": "4.5.6"}, "releases": {}}',
}


@pytest.fixture
def released() -> Iterator[Event]:
    """Lets the registry that stalls go on."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def addresses(released: Event) -> Iterator[dict[str, str]]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("/stalls"):
                released.wait(30)
            body = ANSWERS.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        yield {"npm": f"{root}/npm/{{name}}", "pypi": f"{root}/pypi/{{name}}"}
        released.set()
        server.shutdown()


@pytest.mark.parametrize(
    ("package", "version"),
    [
        (Package("npm", "@acme/code"), "1.2.3"),
        (Package("npm", "acme"), "2.0.0-rc.1"),
        (Package("pypi", "acme"), "4.5.6"),
        (Package("npm", "odd"), None),
        (Package("npm", "none"), None),
        (Package("npm", "broken"), None),
        (Package("npm", "number"), None),
        (Package("npm", "missing"), None),
    ],
)
async def test_a_registry_tells_a_version_or_nothing(
    addresses: dict[str, str], package: Package, version: str | None
) -> None:
    with trio.fail_after(60):
        assert await newest(package, addresses) == version


async def test_a_registry_that_is_not_there_tells_nothing() -> None:
    with trio.fail_after(60):
        assert await newest(Package("npm", "acme"), {"npm": "http://127.0.0.1:1/{name}"}) is None


async def test_a_registry_that_stalls_is_not_waited_for(
    addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PATIENCE", 0.1)
    with trio.fail_after(60):
        assert await newest(Package("npm", "stalls"), addresses) is None


def test_only_the_registries_themselves_are_asked_over_https() -> None:
    assert [address.split("/")[:3] for address in registry.ADDRESSES.values()] == [
        ["https:", "", "registry.npmjs.org"],
        ["https:", "", "pypi.org"],
    ]
