"""Secrets out of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.redact import MARK, Redactor

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {'a' * 20}==", f"Authorization: {MARK}"),
        (f"authorization: bearer {'a.b-c_' * 4}", f"authorization: {MARK}"),
        (f"before {KEY} after", f"before {MARK} after"),
        (f"ghp_{'x1' * 18}", MARK),
        ("AKIAABCDEFGHIJKLMNOP,", f"{MARK},"),
        ("bearer of bad news", "bearer of bad news"),
        ("", ""),
    ],
)
def test_common_secrets_are_taken_out_of_their_text(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


def test_a_provider_declares_the_shape_of_its_keys() -> None:
    redact = Redactor((r"acme-\w{4,}", r"zeta_\d+"))
    assert redact("acme-abcd zeta_1 acme-abc") == f"{MARK} {MARK} acme-abc"


def test_patterns_of_different_providers_do_not_disturb_one_another() -> None:
    redact = Redactor((r"(?i)ACME-\w{4}", r"(a)b\1", r"x|y"))
    assert redact("acme-abcd aba x z") == f"{MARK} {MARK} {MARK} z"


@given(st.text(alphabet="abc -.\n"))
def test_text_without_secrets_is_left_as_it_is(text: str) -> None:
    assert Redactor((r"acme-\w{4,}",))(text) == text
