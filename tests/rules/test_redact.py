"""Secrets out of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.redact import MARK, Redaction, Redactor

ACME = Redactor((r"(?<![\w-])acme-\w{4,20}\b",))
secrets = st.from_regex(r"acme-[a-z0-9]{4,20}", fullmatch=True)
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {'a' * 20}==", f"Authorization: {MARK}"),
        (f"authorization: bearer {'a.b-c_' * 4}", f"authorization: {MARK}"),
        (f"before {KEY} after", f"before {MARK} after"),
        (f"{KEY.replace('MIIE', 'DEK-Info: AES-128-CBC,00')}{KEY}", f"{MARK}{MARK}"),
        (f"ghp_{'x1' * 18}", MARK),
        ("AKIAABCDEFGHIJKLMNOP,", f"{MARK},"),
        ("xAKIAABCDEFGHIJKLMNOP", "xAKIAABCDEFGHIJKLMNOP"),
        (f"_ghp_{'x1' * 18}", f"_ghp_{'x1' * 18}"),
        (f"-ghp_{'x1' * 18}", f"-{MARK}"),
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


def test_secrets_that_overlap_are_one() -> None:
    assert Redactor((r"acme-\w+", r"\w+-key"))("an acme-prod-key here") == f"an {MARK} here"


@pytest.mark.parametrize("escape", [r"\n", r"\t", r"\"", r"\u001b", r"\\", r"\r\n"])
def test_a_secret_behind_an_escape_of_json_is_found(escape: str) -> None:
    assert ACME(f'{{"text": "key:{escape}acme-12345"}}') == f'{{"text": "key:{escape}{MARK}"}}'


def test_a_mask_has_the_length_of_what_it_hides() -> None:
    masked = ACME.mask("an acme-12345 é\n".encode() + b"\xff acme-\xc3\xa9abc\xff")
    assert masked == b"an ********** \xc3\xa9\n\xff **********\xff"


@given(st.lists(st.binary() | secrets.map(str.encode)))
def test_a_mask_moves_nothing_and_changes_nothing_else(parts: list[bytes]) -> None:
    data = b" ".join(parts)
    masked = ACME.mask(data)
    assert len(masked) == len(data)
    hidden = [
        index for index, (before, after) in enumerate(zip(data, masked, strict=True)) if before != after
    ]
    text = data.decode(errors="surrogateescape")
    secret = {
        index
        for start, end in ACME.spans(text)
        for index in range(*(len(text[:at].encode(errors="surrogateescape")) for at in (start, end)))
    }
    assert {masked[index] for index in hidden} <= {ord("*")}
    assert set(hidden) <= secret
    assert ACME.spans(masked.decode(errors="surrogateescape")) == []


@given(
    st.lists(secrets | st.text(alphabet="acme-1 \n\\é"), max_size=60),
    st.lists(st.integers(1, 30), min_size=1),
)
def test_a_text_in_pieces_is_redacted_like_the_whole(words: list[str], sizes: list[int]) -> None:
    text, told, begin = " ".join(words), "", 0
    redaction = Redaction(ACME, reach=40)
    while begin < len(text):
        size = sizes[begin % len(sizes)]
        told, begin = told + redaction.feed(text[begin : begin + size]), begin + size
    assert told + redaction.end() == ACME(text)


def test_little_of_a_long_text_is_kept_back() -> None:
    redaction = Redaction(ACME, reach=100)
    assert sum(len(redaction.feed("a word ")) for _ in range(1000)) > 7000 - 450


def test_a_secret_longer_than_anybody_reaches_is_marked_and_the_text_goes_on() -> None:
    redaction = Redaction(Redactor((r"acme-\w+",)), reach=20)
    told = redaction.feed("x acme-" + "k" * 500) + redaction.feed(" end") + redaction.end()
    assert (told.startswith(f"x {MARK}"), "k" * 30 in told, told.endswith(" end")) == (True, False, True)
