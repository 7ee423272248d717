"""Where a server listens, and by which names it may be spoken to."""

import pytest

from gateway.errors import ConfigError
from gateway.rules.addresses import expected, is_loopback, named, origin_name, parsed

USUAL = "127.0.0.1:3333"


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:3333", ("127.0.0.1", 3333)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("localhost", ("localhost", 3333)),
        (":8080", ("127.0.0.1", 8080)),
        ("8080", ("127.0.0.1", 8080)),
        ("[::1]:8080", ("::1", 8080)),
        ("[::]", ("::", 3333)),
        ("host:", ("host", 3333)),
    ],
)
def test_an_address_is_completed_from_the_usual_one(listen: str, address: tuple[str, int]) -> None:
    assert parsed(listen, USUAL) == address


@pytest.mark.parametrize("listen", ["host:many", "host:65536", "::1:8080", "a:b:1"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(ConfigError):
        parsed(listen, USUAL)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.1", False),
        ("localhost.evil.com", False),
    ],
)
def test_only_this_machine_reaches_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:3333", "localhost"),
        ("LOCALHOST", "localhost"),
        ("example.com.", "example.com"),
        ("[::1]:80", "::1"),
        ("", None),
        ("a b", None),
        ("user@localhost", None),
        ("localhost/evil.com", None),
        ("localhost:3333:1", None),
        ("[::1", None),
    ],
)
def test_a_host_header_names_a_host_or_nothing(header: str, name: str | None) -> None:
    assert named(header) == name


@pytest.mark.parametrize(
    ("name", "bound", "welcome"),
    [
        ("localhost", "127.0.0.1", True),
        ("::1", "127.0.0.1", True),
        ("proxy.example", "127.0.0.1", True),
        ("evil.example", "127.0.0.1", False),
        ("192.168.0.7", "127.0.0.1", False),
        ("192.168.0.7", "0.0.0.0", True),
        ("evil.example", "0.0.0.0", False),
        (None, "0.0.0.0", False),
    ],
)
def test_a_name_that_may_be_anybodys_is_not_expected(name: str | None, bound: str, welcome: bool) -> None:
    assert expected(name, bound, {"proxy.example"}) is welcome


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://localhost:5173", "localhost"),
        ("https://Proxy.example", "proxy.example"),
        ("null", None),
        ("file://localhost", None),
        ("http://[bad", None),
        ("chrome-extension://abc", None),
    ],
)
def test_an_origin_is_a_page_of_the_web(origin: str, name: str | None) -> None:
    assert origin_name(origin) == name
