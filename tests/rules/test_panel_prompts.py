import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.panels import Opinion
from gateway.rules.panel_prompts import CHOICES, judge_prompt, seat_prompt, told_to_judge
from gateway.rules.verdicts import stated

REQUESTS = {
    "validate": {"question": "Is it so?", "focus": "speed"},
    "second_opinion": {"content": "It is so.", "question": "Is it so?"},
    "red_team": {"content": "It is so.", "riskLevel": "high"},
    "consensus": {"content": "It is so."},
}


@pytest.mark.parametrize("intent", REQUESTS)
def test_a_seat_is_told_the_headings_the_choice_and_all_of_the_request(intent) -> None:
    prompt = seat_prompt(intent, REQUESTS[intent])
    words = ("Verdict, Rationale, Risks, Suggested next step", "abstain", *CHOICES[intent])
    said = [value for name, value in REQUESTS[intent].items() if name != "riskLevel"]
    assert [word for word in (*words, *said) if word not in prompt] == []


@pytest.mark.parametrize("intent", REQUESTS)
def test_a_prompt_that_is_merely_repeated_states_no_verdict(intent) -> None:
    assert stated(seat_prompt(intent, REQUESTS[intent])) is None


def test_one_model_alone_gets_the_bare_question() -> None:
    assert seat_prompt("ask_model", {"question": "Why?"}) == "Why?"


def test_high_stakes_are_told() -> None:
    normal, high = (
        seat_prompt("red_team", {"content": "x", "riskLevel": level}) for level in ("normal", "high")
    )
    assert normal != high


@given(st.text(min_size=1), st.text())
def test_what_is_judged_cannot_end_its_own_fence(answer: str, question: str) -> None:
    request = {"content": answer, "question": question}
    prompt = seat_prompt("second_opinion", request)
    (fence,) = set(re.findall(r"^(=== [0-9a-f]{16}) (?:begin|end)$", prompt, re.MULTILINE)) - set(
        re.findall(r"=== [0-9a-f]{16}", answer + question)
    )
    blocks = re.findall(rf"{fence} begin\n(.*?)\n{fence} end", prompt, re.DOTALL)
    assert blocks == [text for text in (answer, question) if text]


def test_the_same_question_makes_the_same_prompt() -> None:
    assert seat_prompt("consensus", {"content": "x"}) == seat_prompt("consensus", {"content": "x"})


def test_a_judge_sees_answers_and_why_there_is_none() -> None:
    silent = Opinion(
        provider="b", role="seat", correlation_id="c", verdict="failed", error="401", ending="auth_required"
    )
    spoken = Opinion(
        provider="a", role="seat", correlation_id="c", verdict="answered", output="yes", ending="ok"
    )
    told = [told_to_judge(spoken), told_to_judge(silent)]
    assert told == [
        {"provider": "a", "result": "answered", "answer": "yes"},
        {"provider": "b", "result": "failed", "error": "401"},
    ]
    assert '[{"answer":"yes","provider":"a","result":"answered"},{"error":"401"' in judge_prompt(
        {"question": "q"}, told
    )
