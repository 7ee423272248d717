"""How long each client may be kept waiting."""

import pytest
from msgspec import structs

from gateway.config import Config
from gateway.domain.provider import Client
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.service.patience import patience


@pytest.fixture
def known(plugins: Plugins) -> Plugins:
    """Echo, as a client that gives up after 20 seconds and is called after the server it talks to."""
    echo = plugins.providers["echo"]
    client = Client(names=("echo-shell-*", "Echo"), call_limit=20.0)
    twin = Provider(structs.replace(echo.info, client=client), None)
    return structs.replace(plugins, providers={"echo": twin})


@pytest.mark.parametrize(
    ("client", "seconds"),
    [
        ("Echo", 16.0),
        ("echo-shell-gateway", 16.0),
        ("echo", 45.0),
        ("Cline", 45.0),
        ("somebody", 45.0),
        (None, 45.0),
    ],
)
def test_a_client_is_answered_before_it_gives_up(known: Plugins, client: str | None, seconds: float) -> None:
    assert patience(Config(), known, client) == seconds


def test_a_client_whose_limit_nobody_knows_waits_as_long_as_any(plugins: Plugins) -> None:
    assert patience(Config(), plugins, "echo-client") == 45.0


@pytest.mark.parametrize(("configured", "seconds"), [(0, None), (1500, 1.5), (600_000, 600.0)])
def test_the_configuration_has_the_last_word(known: Plugins, configured: int, seconds: float | None) -> None:
    assert patience(Config(sync_deadline_ms=configured), known, "Echo") == seconds
