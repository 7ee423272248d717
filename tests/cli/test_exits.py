from gateway import errors
from gateway.cli.exits import ANSWERED, EXITS, MEANINGS, TABLE, exit_of
from gateway.domain.outcome import ENDINGS
from gateway.errors import GatewayError, InvalidRequest, ProviderUnavailable, Refused


def test_every_ending_has_an_exit_code() -> None:
    assert tuple(EXITS) == ENDINGS


def test_every_exit_code_has_a_meaning() -> None:
    assert set(EXITS.values()) <= set(MEANINGS)


def test_the_help_tells_every_meaning() -> None:
    assert [meaning for meaning in MEANINGS.values() if meaning not in TABLE] == []


def test_only_ok_is_success() -> None:
    assert [ending for ending, code in EXITS.items() if code == 0] == ["ok"]


def test_endings_with_an_answer_are_endings() -> None:
    assert set(ENDINGS) >= ANSWERED


def test_every_error_has_an_exit_code() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GatewayError)
    ]
    assert [kind for kind in kinds if kind.code not in EXITS] == []


def test_an_error_exits_as_its_code_says() -> None:
    told = [exit_of(error("x")) for error in (GatewayError, InvalidRequest, Refused, ProviderUnavailable)]
    assert told == [1, 2, 6, 1]
