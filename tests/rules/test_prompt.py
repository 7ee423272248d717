"""The prompt: one way to give it, byte for byte, within limits."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.request import PromptParts, Request
from gateway.errors import InvalidRequest, TooLarge
from gateway.rules.prompt import WORD_JOINER, Prompt, check, defuse, resolve

parts = st.text(max_size=20)


def test_both_ways_to_give_a_prompt_are_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        resolve(Request(prompt="a", prompt_parts=PromptParts(task="b")))
    assert str(refusal.value) == "provide exactly one of `prompt` or `promptParts`"


def test_no_prompt_at_all_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        resolve(Request())
    assert str(refusal.value) == "one of `prompt` or `promptParts` is required"


def test_a_plain_prompt_has_no_stable_head() -> None:
    prompt = resolve(Request(prompt=" as it is\n"))
    assert prompt == Prompt(" as it is\n")
    assert prompt.stable_tokens is None


@pytest.mark.parametrize(
    ("given_parts", "text", "stable"),
    [
        ({"system": "S", "tools": "T", "context": "C"}, "S\n\nT\n\nC\n\ntask", "S\n\nT\n\nC"),
        ({"context": "C", "system": "S"}, "S\n\nC\n\ntask", "S\n\nC"),
        ({"system": "S\n", "tools": " "}, "S\n\n\n \n\ntask", "S\n\n\n "),
        ({}, "task", ""),
    ],
)
def test_parts_are_joined_byte_for_byte(given_parts: dict[str, str], text: str, stable: str) -> None:
    digest = hashlib.sha256(stable.encode()).hexdigest()
    expected = Prompt(text, digest, len(stable.encode()))
    assert resolve(Request(prompt_parts=PromptParts(task="task", **given_parts))) == expected


@pytest.mark.parametrize(
    ("system", "digest"),
    [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_the_stable_head_is_known_by_its_sha256(system: str, digest: str) -> None:
    assert resolve(Request(prompt_parts=PromptParts(task="t", system=system))).stable_hash == digest


@given(parts, parts, parts, st.text(min_size=1), st.text(min_size=1))
def test_the_stable_head_does_not_depend_on_the_task(
    system: str, tools: str, context: str, task: str, other: str
) -> None:
    one, two = (
        resolve(Request(prompt_parts=PromptParts(task=each, system=system, tools=tools, context=context)))
        for each in (task, other)
    )
    assert (one.stable_hash, one.stable_bytes) == (two.stable_hash, two.stable_bytes)
    assert one.text.endswith(task)


@pytest.mark.parametrize(("size", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2)])
def test_stable_tokens_are_a_quarter_of_the_bytes_rounded_up(size: int, tokens: int) -> None:
    assert Prompt("", "", size).stable_tokens == tokens


def test_a_nul_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^The prompt holds a NUL character\.$"):
        check("a\0b", 100)


@pytest.mark.parametrize(
    "request_", [Request(prompt="\ud800"), Request(prompt_parts=PromptParts(task="t", system="\udfff"))]
)
def test_half_a_surrogate_pair_is_refused(request_: Request) -> None:
    with pytest.raises(
        InvalidRequest, match=r"^The prompt holds half a surrogate pair, which is not a character\.$"
    ):
        check(resolve(request_).text, 100)


@pytest.mark.parametrize("character", ["a", "é", "€", "𝄞"])
def test_the_limit_counts_bytes_and_not_characters(character: str) -> None:
    size = len(character.encode())
    check(character * 250, 250 * size)
    with pytest.raises(TooLarge) as refusal:
        check(character * 250, 250 * size - 1)
    assert str(refusal.value) == f"The prompt has {250 * size:,} bytes; this CLI takes {250 * size - 1:,}."


@pytest.mark.parametrize(
    ("text", "defused"),
    [
        ("see @src/a.py and me@x.org", f"see @{WORD_JOINER}src/a.py and me@x.org"),
        ("@a @b", f"@{WORD_JOINER}a @{WORD_JOINER}b"),
        ("nothing here", "nothing here"),
    ],
)
def test_mentions_are_defused_where_they_stand(text: str, defused: str) -> None:
    assert defuse(text, r"(?<!\w)@(?=\w)") == defused


def test_a_cli_without_mentions_gets_the_text_as_it_is() -> None:
    assert defuse("@a", "") == "@a"
