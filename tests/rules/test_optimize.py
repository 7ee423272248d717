"""Fewer words for the same, and not a byte of anything but prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.optimize import optimized

PROSE = [
    "Could you please look at the parser and tell me why it is able to accept a trailing comma? "
    "I would like you to explain the reason in order to help the team.",
    "Please note that the majority of the tests are slow at this point in time. "
    "I need you to find out why, and to suggest what could be done due to the fact that we ship soon.",
    "It is important to note that the cache has the ability to grow. Please make sure that you check the limit "
    "prior to the merge. Thank you in advance.",
]
KEPT = [
    "```python\nplease = 'could you'\n```",
    "  please keep this indentation as it is, could you.",
    "name: please\nvalue: in order to",
    "| please | could you |\n|---|---|",
    "+ please add this line in order to\n- please remove that one",
    "In order to get 42 items please call the API.",
    "1. please do this first\n2. could you do that",
    '{"please": "in order to"}',
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_loses_a_tenth_of_its_length_or_more(text: str) -> None:
    result = optimized(text)

    assert result.after <= 0.9 * result.before
    assert (result.before, result.after) == (len(text.encode()), len(result.text.encode()))


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_plain_prose_stays_as_it_is(text: str) -> None:
    assert optimized(text).text == text


@given(code=st.text(), prose=st.sampled_from(PROSE))
def test_a_fence_is_kept_to_the_byte_beside_prose(code: str, prose: str) -> None:
    fence = f"```\n{code.replace('`', '').replace('~', '')}\n```"

    assert fence in optimized(f"{prose}\n\n{fence}\n\n{prose}").text


@given(st.text())
def test_no_text_grows_but_by_a_capital_letter(text: str) -> None:
    assert len(optimized(text).text) <= len(text)


@given(st.text())
def test_saying_it_shorter_twice_is_saying_it_shorter_once(text: str) -> None:
    once = optimized(text).text

    assert optimized(once).text == once


@given(st.lists(st.integers(), min_size=1))
def test_numbers_are_kept(numbers: list[int]) -> None:
    text = "Please add up " + ", ".join(map(str, numbers)) + " in order to check."

    assert optimized(text).text == text
