"""Events to outcome: which text is the answer, what wins, and how much is kept."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.events import (
    Event,
    Failed,
    Finished,
    Message,
    Noise,
    Started,
    TextDelta,
    Thinking,
    ToolUsed,
    UsageReported,
    Warned,
)
from gateway.domain.outcome import Exit, Outcome, Usage
from gateway.rules.fold import HEAD, MOST_WARNINGS, Fold, Head, merged

EXIT = Exit(returncode=0)


def folded(*events: Event) -> Outcome:
    fold = Fold()
    fold.feed(events)
    return fold.outcome(EXIT)


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([], ""),
        ([TextDelta("a"), TextDelta("b")], "ab"),
        ([Message("one"), Message("two")], "two"),
        ([TextDelta("on"), TextDelta("e"), Message("one")], "one"),
        ([Message("one"), TextDelta("t"), TextDelta("wo")], "two"),
        ([TextDelta("looking"), ToolUsed("read"), TextDelta("found")], "found"),
        ([Message("looking"), ToolUsed("read")], "looking"),
        ([TextDelta("a"), Thinking("hm"), Noise(), Warned("w"), TextDelta("b")], "ab"),
        ([Message("one"), Finished("whole")], "whole"),
        ([Message("one"), Finished()], "one"),
        ([Message("one"), Finished("")], ""),
        ([Finished("first"), TextDelta("sec"), TextDelta("ond")], "second"),
    ],
)
def test_the_answer_is_the_last_message(events: Sequence[Event], answer: str) -> None:
    outcome = folded(*events)
    assert (outcome.text, outcome.text_bytes) == (answer, len(answer.encode()))


def test_an_outcome_holds_everything_that_was_said() -> None:
    usage = Usage(input_tokens=3, output_tokens=4)
    outcome = folded(
        Started("s1", "large"),
        ToolUsed("read", "a.py"),
        ToolUsed("write"),
        Message("done"),
        UsageReported(usage, "session"),
        Warned("slow"),
        Finished(stop_reason="end_turn"),
    )
    assert outcome == Outcome(
        ending="ok",
        exit=EXIT,
        text="done",
        text_bytes=4,
        session_id="s1",
        model="large",
        usage=usage,
        usage_scope="session",
        stop_reason="end_turn",
        finished=True,
        tools_used=2,
        warnings=("slow",),
    )


def test_no_events_come_to_an_empty_outcome_that_has_not_finished() -> None:
    assert folded() == Outcome(ending="ok", exit=EXIT)


def test_what_is_told_later_wins_and_silence_takes_nothing_back() -> None:
    outcome = folded(Started("s1", "small"), Started("s2"), Started(model="large"), Started())
    assert (outcome.session_id, outcome.model) == ("s2", "large")


@pytest.mark.parametrize(
    ("events", "ending", "error"),
    [
        ([Failed("no key", "auth_required")], "auth_required", "no key"),
        ([Failed("boom")], "provider_error", "boom"),
        ([Failed("")], "provider_error", ""),
        ([Failed("first", "refused"), Failed("second")], "provider_error", "second"),
    ],
)
def test_a_failure_is_told_in_the_clis_own_words(events: list[Event], ending: str, error: str) -> None:
    outcome = folded(*events)
    assert (outcome.ending, outcome.error) == (ending, error)


def test_a_warning_is_told_once_and_warnings_are_bounded() -> None:
    outcome = folded(*(Warned(f"{number // 2}") for number in range(100)))
    assert outcome.warnings == tuple(str(number) for number in range(MOST_WARNINGS))


def test_usage_of_steps_is_added_up() -> None:
    steps = [
        Usage(input_tokens=3, cost_usd=0.5),
        Usage(input_tokens=4, output_tokens=1),
        Usage(cost_usd=0.25),
    ]
    outcome = folded(*(UsageReported(usage, "step") for usage in steps))
    total = Usage(input_tokens=7, output_tokens=1, cost_usd=0.75)
    assert (outcome.usage, outcome.usage_scope) == (total, "request")


def test_usage_grows_by_what_each_report_adds() -> None:
    outcome = folded(
        UsageReported(Usage(input_tokens=1, cost_usd=0.5)),
        UsageReported(Usage(input_tokens=2, output_tokens=3)),
    )
    assert outcome.usage == Usage(input_tokens=2, output_tokens=3, cost_usd=0.5)


def test_a_zero_replaces_an_older_number() -> None:
    assert merged(Usage(input_tokens=5), Usage(input_tokens=0)) == Usage(input_tokens=0)


@given(
    st.lists(st.sampled_from([TextDelta("a"), Message("m"), ToolUsed("t"), Finished("f"), Failed("x")])),
    st.data(),
)
def test_the_outcome_does_not_depend_on_the_batches(events: list[Event], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(events)))
    fold = Fold()
    fold.feed(events[:place])
    fold.feed(events[place:])
    assert fold.outcome(EXIT) == folded(*events)


@given(st.lists(st.text(), max_size=20), st.integers(0, 40))
def test_a_head_is_cut_between_characters_and_counts_everything(texts: list[str], limit: int) -> None:
    head = Head(limit)
    for text in texts:
        head.append(text)
    data = "".join(texts).encode()
    assert head.size == len(data)
    assert head.text == data[:limit].decode(errors="ignore")


def test_a_head_keeps_no_more_than_its_limit_however_much_comes() -> None:
    fold = Fold()
    for _ in range(40):
        fold.feed([TextDelta("€" * 10_000)])
    outcome = fold.outcome(EXIT)
    assert (len(outcome.text.encode()), outcome.text_bytes) == (HEAD - HEAD % 3, 1_200_000)


def test_half_a_surrogate_pair_never_reaches_the_outcome() -> None:
    assert folded(TextDelta("a\ud800b")).text.encode() == b"a?b"


def test_another_answer_gets_the_same_text_without_a_limit() -> None:
    class Whole:
        def __init__(self) -> None:
            self.text = ""

        def append(self, text: str) -> None:
            self.text += text

        def restart(self) -> None:
            self.text = ""

    whole = Whole()
    fold = Fold(whole)
    fold.feed([Message("announced"), ToolUsed("t"), TextDelta("x" * HEAD), TextDelta("tail")])
    assert whole.text == "x" * HEAD + "tail"
    assert fold.outcome(EXIT).text == "x" * HEAD
