"""What a run is doing, in one short line."""

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
from gateway.domain.outcome import Usage
from gateway.rules.progress import LONGEST, Progress, shortened
from gateway.rules.redact import Redactor

words = st.text(max_size=400)
events = st.one_of(
    *(st.builds(kind, words) for kind in (TextDelta, Message, Thinking, Warned, Failed)),
    st.builds(ToolUsed, words, words),
    st.builds(Started, st.none(), st.none() | words),
    st.just(Noise()),
)


@pytest.mark.parametrize(
    ("event", "note"),
    [
        (TextDelta("abc"), "writing the answer, 3 characters"),
        (TextDelta("a" * 1234), "writing the answer, 1.2k characters"),
        (Message("abc"), "wrote a message of 3 characters"),
        (ToolUsed("read", "a.py"), "using read: a.py"),
        (ToolUsed("read"), "using read"),
        (Thinking("about\nit"), "thinking: about it"),
        (Thinking(" "), "thinking"),
        (Started("s", "large"), "started with large"),
        (Warned("slow"), "warning: slow"),
        (Failed("boom"), "failed: boom"),
        (Started("s"), None),
        (Noise(), None),
        (Finished("x"), None),
        (UsageReported(Usage()), None),
    ],
)
def test_an_event_says_what_the_run_is_doing(event: Event, note: str | None) -> None:
    assert Progress(Redactor()).note([event]) == note


def test_the_count_grows_over_batches_until_the_message_is_over() -> None:
    progress = Progress(Redactor())
    assert progress.note([TextDelta("abc")]) == "writing the answer, 3 characters"
    assert progress.note([TextDelta("def"), Noise()]) == "writing the answer, 6 characters"
    assert progress.note([Message("abcdef"), TextDelta("x")]) == "writing the answer, 1 characters"
    assert progress.note([ToolUsed("t"), TextDelta("yz")]) == "writing the answer, 2 characters"


def test_a_batch_that_says_nothing_gives_no_note() -> None:
    assert Progress(Redactor()).note([]) is None


def test_a_secret_at_the_end_of_a_note_is_not_cut_in_half() -> None:
    secret = "ghp_" + "a1" * 18
    for before in range(LONGEST - len(secret), LONGEST + 1):
        note = Progress(Redactor()).note([ToolUsed("t", f"{'x' * before} {secret}")])
        assert note is not None
        assert "ghp_" not in note


@given(st.lists(events))
def test_a_note_is_one_line_and_short(batch: list[Event]) -> None:
    note = Progress(Redactor()).note(batch)
    assert note is None or (len(note) <= LONGEST and len(note.splitlines()) == 1)


@given(st.text(), st.integers(1, 30))
def test_shortened_text_says_that_it_was_cut(text: str, most: int) -> None:
    short, line = shortened(text, most), " ".join(text.split())
    assert short == line if len(line) <= most else (short.endswith("…") and len(short) == most)
