"""From where a server can be reached, and what of an address may be shown."""

import pytest

from gateway.rules.exposure import is_https, mode, shown

SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("host", "public_url", "tunnel", "expected"),
    [
        ("127.0.0.1", "", "", "local_only"),
        ("::1", "", "", "local_only"),
        ("0.0.0.0", "", "", "lan"),
        ("::", "", "", "lan"),
        ("192.168.1.2", "", "", "lan"),
        ("127.0.0.1", "not a url", "", "misconfigured"),
        ("127.0.0.1", "https://[", "", "misconfigured"),
        ("127.0.0.1", "https://localhost:3333/mcp", "", "local_only"),
        ("127.0.0.1", "http://10.1.2.3/mcp", "", "lan"),
        ("127.0.0.1", "https://[::ffff:172.20.1.1]/mcp", "", "lan"),
        ("127.0.0.1", "https://[fd00::1]/mcp", "", "lan"),
        ("127.0.0.1", "https://172.15.0.1/mcp", "", "byo_reverse_proxy"),
        ("127.0.0.1", "http://gateway.example/mcp", "", "misconfigured"),
        ("127.0.0.1", "https://gateway.example/mcp", "", "byo_reverse_proxy"),
        ("127.0.0.1", "https://gateway.example/mcp", "frp", "tunnel"),
        ("127.0.0.1", "https://a-b.trycloudflare.com/mcp", "", "tunnel"),
        ("127.0.0.1", "https://x.ngrok.app", "", "tunnel"),
        ("127.0.0.1", "https://me.tail1.ts.net/mcp", "", "tunnel"),
    ],
)
def test_the_mode_follows_from_the_addresses(host: str, public_url: str, tunnel: str, expected: str) -> None:
    assert mode(host, public_url, tunnel) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gateway.example:8443/mcp?x=1#top", "https://gateway.example:8443/mcp?x=1#top"),
        ("https://me:word@gateway.example/mcp", "https://[redacted]@gateway.example/mcp"),
        ("https://x/mcp?token=a&x=1&api_key=b", "https://x/mcp?token=[redacted]&x=1&api_key=[redacted]"),
        ("https://x/mcp#access_token=a&state=b", "https://x/mcp#access_token=[redacted]&state=b"),
        (f"https://x/chatgpt/{SECRET}/mcp", "https://x/chatgpt/[redacted]/mcp"),
        ("https://[", "[redacted]"),
    ],
)
def test_an_address_is_shown_without_what_lets_somebody_in(url: str, expected: str) -> None:
    assert shown(url) == expected


@pytest.mark.parametrize(("url", "expected"), [("https://x", True), ("http://x", False), ("", False)])
def test_only_https_is_https(url: str, expected: bool) -> None:
    assert is_https(url) is expected
