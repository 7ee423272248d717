"""Checks of what is made of a CLI's output."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.domain.outcome import ENDINGS, Exit, Outcome, Usage
from gateway.rules.fold import Fold
from gateway.rules.usage import ZERO, since
from gateway.testing.conformance.battery import REPEATABLE, Battery
from gateway.testing.conformance.garbage import halved, mistyped
from gateway.testing.sealed import sealed
from gateway.testing.transcripts import Replay, Transcript, differences

STEPS = 10
"""Amendments of one request that a plugin may make before it has to give up. The core asks for one."""


class Decoding(Battery):
    """Transcripts, chunks, garbage, endings, usage, second tries."""

    def test_there_are_recordings_of_success_and_of_failure(self) -> None:
        endings = {each.expected.ending for each in self.recorded}
        assert "ok" in endings
        assert endings != {"ok"}

    def test_transcript_comes_to_what_is_expected(self, transcript: Transcript) -> None:
        assert differences(transcript.expected, Replay(self.tested, transcript).outcome()) == {}

    def test_what_comes_after_the_launch_is_sealed_and_always_the_same(self, transcript: Transcript) -> None:
        first = Replay(self.tested, transcript).outcome()
        with sealed():
            assert Replay(self.tested, transcript).outcome() == first
            self.tested.session_log(first)
            self.tested.document(first)

    @REPEATABLE
    @given(data=st.data())
    def test_output_means_the_same_however_it_is_cut(self, data: st.DataObject) -> None:
        transcript = data.draw(st.sampled_from(self.recorded))
        printed = transcript.stdout
        cuts = data.draw(st.lists(st.integers(0, len(printed)), max_size=8).map(sorted))
        chunks = [printed[start:end] for start, end in pairwise((0, *cuts, len(printed)))]
        replay = Replay(self.tested, transcript)
        assert replay.events(chunks) == replay.events([printed])

    def test_values_of_a_wrong_type_are_survived(self) -> None:
        seen: set[object] = set()
        for replay in self._replays():
            for frame in mistyped(replay.frames(), seen):
                self._survived(replay, [frame])

    def test_half_lines_are_survived(self) -> None:
        for replay in self._replays():
            self._survived(replay, list(halved(replay.frames())))

    def test_output_that_stops_half_way_is_no_success_whatever_the_status(self) -> None:
        for replay in self._replays():
            frames = replay.frames()
            if replay.transcript.expected.ending == "ok" and len(frames) > 1:
                judged = replay.judged(frames[: len(frames) // 2], Exit(returncode=0))
                assert judged.ending != "ok", replay.transcript.name

    @REPEATABLE
    @given(frames=st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4))
    def test_random_bytes_are_survived_and_are_no_success(self, frames: list[bytes]) -> None:
        replay = Replay(self.tested, self.recorded[0])
        outcome = self._survived(replay, frames)
        self.needs_form()
        assert outcome.ending != "ok"

    def _replays(self) -> Iterator[Replay]:
        return (Replay(self.tested, each) for each in self.recorded)

    def _survived(self, replay: Replay, frames: list[bytes]) -> Outcome:
        """Whatever comes of the frames is an outcome."""
        judged = replay.judged(frames, Exit(returncode=0))
        assert judged.ending in ENDINGS
        assert isinstance(judged.text, str)
        return judged

    def test_session_log_that_is_garbage_is_survived(self) -> None:
        for data in (b"", b"\xff\xfe", b"{", b"null", b"[]", b'{"a": 1}', b'"x"'):
            Fold().feed(self.tested.decode_log(data))

    def test_two_turns_of_a_session_are_recorded_and_their_usage_adds_up(self) -> None:
        turns = list(self._turns())
        if not turns and "id" not in self.tested.info.capabilities.resume:
            pytest.skip('declare "id" in capabilities.resume where the CLI continues a session by its id')
        assert turns, "record two turns of one session: a new one, and one that continues it by its id"
        for before, after in turns:
            assert after.session_id == before.session_id
            if after.usage_scope == "session":
                assert since(before.usage, ZERO) == before.usage
                spent = since(after.usage, before.usage)
                told = [name for name, value in structs.asdict(before.usage).items() if value is not None]
                assert [name for name in told if not _adds_up(name, before, spent, after)] == []

    def _turns(self) -> Iterator[tuple[Outcome, Outcome]]:
        """The first run of a session and a later one that continued it by its id."""
        good = [replay for replay in self._replays() if replay.transcript.expected.ending == "ok"]
        begun = {replay.resume.session_id: replay for replay in good if replay.resume.mode == "new"}
        for replay in good:
            if replay.resume.mode == "id" and replay.resume.session_id in begun:
                yield begun[replay.resume.session_id].outcome(), replay.outcome()

    def test_second_try_is_another_request_and_the_last_ends(self, transcript: Transcript) -> None:
        replay = Replay(self.tested, transcript)
        outcome, tried = replay.outcome(), [replay.request]
        while len(tried) < STEPS:
            amended = self.tested.retry(tried[-1], outcome, self.tested.info.catalog)
            if amended is None:
                return
            assert amended not in tried
            assert (type(amended), amended.prompt) == (type(replay.request), replay.request.prompt)
            tried.append(amended)
        raise AssertionError(f"{STEPS} second tries and no end")


def _adds_up(name: str, before: Outcome, spent: Usage, after: Outcome) -> bool:
    """Whether the second turn tells the number too, and what it spent makes up the difference."""
    known, more, total = (getattr(usage, name) for usage in (before.usage, spent, after.usage))
    return more is not None and more >= 0 and known + more == total
