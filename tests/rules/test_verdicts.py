import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.outcome import ENDINGS, Ending
from gateway.domain.panels import Opinion
from gateway.rules.verdicts import (
    agreed,
    excerpt,
    hindrance,
    position,
    positions,
    risks,
    section,
    stand,
    stated,
)

CHOICE = ("yes", "no", "partly")


def seat(provider: str, says: str | None, verdict: str = "answered", ending: Ending | None = "ok") -> Opinion:
    return Opinion(
        provider=provider,
        role="seat",
        correlation_id=provider,
        verdict=verdict,
        stated=says,
        position=position(says, CHOICE),
        ending=ending,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Verdict: yes, with care", "yes, with care"),
        ("**Verdict:** *No.*", "No."),
        ("**Verdict**: no", "no"),
        ("## Verdict\n\nyes\n\n## Rationale\nbecause", "yes"),
        ("1. **Verdict** - \nyes", None),
        ("> verdict: Partly", "Partly"),
        ("First thoughts.\nVERDICT: yes\nVerdict: no", "yes"),
        ("The verdict is good", None),
        ("Verdict:", None),
        ("Verdict:\nRationale: none", None),
        ("", None),
        (f"Verdict: {'x' * 500}", "x" * 239 + "…"),
    ],
)
def test_a_verdict_is_read_from_its_heading(text: str, words: str | None) -> None:
    assert stated(text) == words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Yes, but slowly", "yes"),
        ("yes", "yes"),
        ("NO.", "no"),
        ("partly (see below)", "partly"),
        ("no — never", "no"),
        ("yes it is", "yes it is"),
        ("not yes", "not yes"),
        ("nobody knows", "nobody knows"),
        ("PostgreSQL", "postgresql"),
        ("`yes`", "yes"),
        (None, None),
    ],
)
def test_a_verdict_is_compared_by_the_word_it_begins_with_or_else_as_a_whole(words, found) -> None:
    assert position(words, CHOICE) == found


@pytest.mark.parametrize(
    ("ending", "text", "word"),
    [
        (None, "", "running"),
        ("ok", "Verdict: yes", "answered"),
        ("ok", "no heading at all", "answered"),
        ("ok", " \n", "empty"),
        ("ok", "Verdict: abstain, I cannot see the code", "abstained"),
        ("ok", "Verdict: **Abstained**", "abstained"),
        ("ok", "Verdict: cannot tell", "abstained"),
        ("empty", "", "empty"),
        ("refused", "I will not", "abstained"),
        ("truncated", "Verdict: yes", "failed"),
        ("timeout", "Verdict: yes", "timed_out"),
        ("idle", "", "timed_out"),
        ("cancelled", "", "failed"),
        ("cli_missing", "", "failed"),
    ],
)
def test_a_seat_is_told_in_one_word(ending: Ending | None, text: str, word: str) -> None:
    assert stand(ending, text) == word


@given(st.sampled_from(ENDINGS), st.text())
def test_only_a_run_that_went_well_and_said_something_answers(ending: Ending, text: str) -> None:
    assert stand(ending, text) != "answered" or (ending == "ok" and text.strip() != "")


def test_a_section_ends_at_the_next_heading() -> None:
    text = "Summary: a\nAgreements:\n- one\n- two\n### Disagreements\nnone\nRecommendation\nGo.\n\nConfidence: low"
    assert [section(text, name) for name in ("agreement", "disagreement", "recommendation", "risk")] == [
        "- one\n- two", "none", "Go.", ""
    ]  # fmt: skip


def test_risks_are_the_lines_below_their_heading() -> None:
    text = "Verdict: yes\nRisks:\n- **slow**\n\n2. wrong\n* a\n* b\n* c\n* d\nSuggested next step: go\nRisk: last"
    assert (risks(text), risks("Risk: one"), risks("Risks are low")) == (
        ["slow", "wrong", "a", "b", "c"],
        ["one"],
        [],
    )


def test_the_same_verdict_of_all_is_agreement() -> None:
    assert agreed([seat("a", "yes"), seat("b", "Yes, surely")]) == "yes"


@pytest.mark.parametrize(
    "other",
    [
        seat("b", "no"),
        seat("b", None),
        seat("b", "yes", "abstained"),
        seat("b", None, "empty", "empty"),
        seat("b", None, "failed", "provider_error"),
        seat("b", None, "timed_out", "timeout"),
        seat("b", None, "running", None),
    ],
    ids=lambda opinion: f"{opinion.verdict} {opinion.stated}",
)
def test_silence_is_never_agreement(other: Opinion) -> None:
    assert agreed([seat("a", "yes"), other]) is None
    assert agreed([seat("a", "yes"), other, seat("c", "yes")]) is None


def test_one_answer_agrees_with_nobody() -> None:
    assert (agreed([seat("a", "yes")]), agreed([])) == (None, None)


def test_positions_tell_who_holds_them() -> None:
    a, b, c = seat("a", "yes"), seat("b", "no"), seat("c", "Yes.")
    assert positions([a, b, c, seat("d", "no", "abstained")]) == {"yes": [a, c], "no": [b]}


@pytest.mark.parametrize(
    ("seats", "reason"),
    [
        ([seat("a", "yes"), seat("b", None, "failed", "provider_error")], ""),
        ([seat("a", None, "empty", "empty")], "No seat gave an answer."),
        ([seat("a", "yes"), seat("b", None, "failed", "cancelled")], "The panel was cancelled."),
        ([], ""),
    ],
)
def test_a_judge_needs_an_answer_and_somebody_who_waits_for_it(seats: list[Opinion], reason: str) -> None:
    assert hindrance(seats) == reason


def test_an_excerpt_says_that_it_is_one() -> None:
    assert (excerpt("abc", 3), excerpt("abcd", 3)) == ("abc", "ab…")
