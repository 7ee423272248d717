"""What the HTTP server opens to, and what it refuses to begin with."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config, Http
from gateway.domain.caller import Caller
from gateway.errors import ConfigError
from gateway.host.tokens import read_token
from gateway.service.door import door

ANN, BOB = "a" * 32, "b" * 32
SECRET = "/chatgpt/" + "0123456789abcdef" * 4 + "/mcp"


def configured(state: Path, **http: Any) -> Config:
    return Config(state=str(state), http=Http(**http))


def remote(principal: str) -> Caller:
    return Caller(principal=principal, names_paths=False)


def test_each_token_is_a_principal_of_its_own(tmp_path: Path) -> None:
    opened = door(configured(tmp_path, tokens={"ann": ANN, "bob": BOB}, token="c" * 32))

    assert [opened.caller(token) for token in (ANN, BOB, "c" * 32, "d" * 32, None)] == [
        remote("ann"),
        remote("bob"),
        remote("http"),
        None,
        None,
    ]


def test_on_loopback_a_token_is_made_where_there_is_none(tmp_path: Path) -> None:
    opened = door(configured(tmp_path))

    assert opened.caller(read_token(str(tmp_path))) == remote("http")
    assert opened.token_file == str(tmp_path / "http-token")


def test_a_token_of_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    made = door(configured(tmp_path))
    opened = door(configured(tmp_path, token=ANN))

    assert (opened.caller(ANN), opened.caller(read_token(str(tmp_path)))) == (remote("http"), None)
    assert (made.port, opened.token_file) == (3333, "")


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "example.com:1"])
def test_beyond_loopback_nothing_opens_without_a_token(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match="without a token nothing is served there"):
        door(configured(tmp_path), listen)
    with pytest.raises(ConfigError, match="to this machine only"):
        door(configured(tmp_path, auth="none", tokens={"ann": ANN}), listen)

    assert door(configured(tmp_path, tokens={"ann": ANN}), listen).caller(None) is None


def test_without_authorization_everybody_here_is_one_caller(tmp_path: Path) -> None:
    opened = door(configured(tmp_path, auth="none"))

    assert (opened.caller(None), opened.caller(ANN)) == (remote("anonymous"), remote("anonymous"))


def test_an_address_that_is_a_secret_is_a_caller_that_does_not_tell_it(tmp_path: Path) -> None:
    opened = door(configured(tmp_path, open_paths=(SECRET,)))
    (caller,) = opened.open_paths.values()

    assert caller.principal.startswith("path:")
    assert not caller.names_paths
    assert "0123456789abcdef" not in caller.principal


@pytest.mark.parametrize(
    "path", ["/open", "/mcp", "relative/" + "x" * 40, "/" + "x" * 40 + "/../mcp", "/x?" + "y" * 40]
)
def test_an_address_that_can_be_guessed_needs_a_token(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="guesses it"):
        door(configured(tmp_path, open_paths=(path,)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": {"local": ANN}},
        {"tokens": {"http": ANN}},
        {"tokens": {"path:1": ANN}},
        {"tokens": {"ann": ANN, "bob": ANN}},
        {"tokens": {"ann": ANN}, "token": ANN},
        {"tokens": {"ann": "short"}},
        {"path": "/"},
        {"path": "mcp"},
        {"path": "/healthz"},
        {"listen": "nowhere:none"},
    ],
)
def test_what_could_let_in_the_wrong_one_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        door(configured(tmp_path, **wrong))
