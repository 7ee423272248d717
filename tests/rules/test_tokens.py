"""Tokens are compared by digest, and weak ones are refused."""

import hashlib

import pytest

from gateway.errors import ConfigError
from gateway.rules.tokens import digest_of, owner_of

TOKEN = "0123456789abcdef"


def test_a_token_is_its_owners_whether_it_or_its_digest_was_given() -> None:
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    known = {"ann": digest_of(f"sha256:{digest}", "ann"), "bob": digest_of("f" * 16, "bob")}

    assert [owner_of(token, known) for token in (TOKEN, "f" * 16, "", TOKEN[:-1], digest, "ü\udc80")] == [
        "ann",
        "bob",
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "token", ["", "short", "sixteen letters ü", "with a blank in it", "sha256:12", "line\n" * 9]
)
def test_a_token_that_could_be_guessed_or_mistyped_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="ann"):
        digest_of(token, "ann")
