"""Checks through the whole path of a job, with a CLI that plays recordings."""

import copy
import os
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec import Struct, structs

from gateway.config import Config, Limits, ProviderConfig, Retry
from gateway.domain.outcome import Ending, Outcome
from gateway.plugin.manager import Plugins
from gateway.service.gateway import Gateway, open_gateway
from gateway.testing.conformance.battery import Battery
from gateway.testing.fakes import Pulse, fake_cli
from gateway.testing.transcripts import Replay, Transcript, help_file, read_help

GRACE = 0.1
FOREVER = 60.0
"""Seconds; longer than any check may take."""
PATIENCE = 30.0
SMALL = 64 * 1024


class Play(Struct, frozen=True, kw_only=True):
    """One run of a fake CLI: what it plays, how it behaves, what is done to it."""

    transcript: Transcript
    fake: dict[str, Any] = {}
    timeout_ms: int = 30_000
    output: int = 50 * 1024 * 1024
    cancelled: bool = False


class Running(Battery):
    """Answers, limits, cancelling, what is left behind."""

    def test_recorded_answer_comes_out_of_a_job(self, tmp_path: Path) -> None:
        case = self._case("ok")
        outcome = self._play(tmp_path, Play(transcript=case))
        assert (outcome.ending, outcome.text) == ("ok", case.expected.text)

    def test_recorded_failure_to_log_in_is_told_as_such(self, tmp_path: Path) -> None:
        if not self.tested.info.login:
            pytest.skip("declare `login`, for people to read, where the CLI needs one")
        outcome = self._play(tmp_path, Play(transcript=self._case("auth_required")))
        assert outcome.ending == "auth_required"

    def test_slow_cli_can_be_cancelled(self, tmp_path: Path) -> None:
        outcome = self._play(tmp_path, self._stuck(cancelled=True))
        assert outcome.ending == "cancelled"

    def test_cli_that_ignores_the_request_to_end_is_gone_all_the_same(self, tmp_path: Path) -> None:
        outcome = self._play(tmp_path, self._stuck(cancelled=True, ignore_term=True))
        assert outcome.ending == "cancelled"

    def test_grandchild_in_a_session_of_its_own_is_gone_after_a_cancel(self, tmp_path: Path) -> None:
        outcome = self._play(tmp_path, self._stuck(cancelled=True, grandchild=True))
        assert outcome.ending == "cancelled"

    def test_silent_cli_ends_at_the_wall_clock_limit(self, tmp_path: Path) -> None:
        outcome = self._play(tmp_path, self._stuck(timeout_ms=1000))
        assert outcome.ending == "timeout"

    def test_flood_of_output_is_stopped(self, tmp_path: Path) -> None:
        outcome = self._play(tmp_path, self._stuck(output=SMALL, flood=1))
        assert outcome.ending == "overflow"

    def test_half_a_line_among_the_output_is_noise(self, tmp_path: Path) -> None:
        case = self._case("ok")
        if Replay(self.tested, case).launch.framing == "document":
            pytest.skip("declare framing='lines' in the Launch where each line has a meaning of its own")
        half, _, _ = case.stdout.partition(b"\n")
        played = structs.replace(case, stdout=half[: len(half) // 2] + b"\n" + case.stdout)
        assert self._play(tmp_path, Play(transcript=played)).text == case.expected.text

    def test_cli_that_dies_in_the_middle_of_a_line_is_no_success(self, tmp_path: Path) -> None:
        case = self._case("ok")
        self.needs_form()
        kept = case.stdout.rstrip()
        last = kept.rfind(b"\n") + 1
        played = structs.replace(case, stdout=kept[: last + (len(kept) - last) // 2], log=None, exit=-9)
        assert self._play(tmp_path, Play(transcript=played)).ending != "ok"

    def _case(self, ending: Ending) -> Transcript:
        """The first recording of a new session that ends like this."""
        cases = [each for each in self.recorded if each.expected.resume == "new"]
        named = [
            each
            for each in cases
            if each.expected.ending == ending and (ending != "ok" or each.expected.text)
        ]
        assert named, f"there is no transcript of a new session that ends {ending}"
        return named[0]

    def _stuck(self, *, cancelled: bool = False, **how: Any) -> Play:
        """A CLI that never comes to its answer."""
        limits = {name: how.pop(name) for name in ("timeout_ms", "output") if name in how}
        return Play(
            transcript=self._case("ok"), cancelled=cancelled, fake={"delay": FOREVER, **how}, **limits
        )

    def _play(self, folder: Path, play: Play) -> Outcome:
        return trio.run(self._played, folder, play)

    async def _played(self, folder: Path, play: Play) -> Outcome:
        """Run the request to its end, and wait until nothing of the CLI is left."""
        path = fake_cli(str(folder / "cli"), play.transcript, says=self._says(), **play.fake)
        config = Config(
            state=str(folder / "state"),
            limits=Limits(output=play.output),
            retry=Retry(attempts=1),
            providers={self.provider: ProviderConfig(executable=path)},
        )
        environ = {"HOME": str(folder), "PATH": os.defpath}
        with trio.fail_after(PATIENCE), Pulse(path) as pulse:
            async with open_gateway(config, self._hurried(), environ) as gateway:
                outcome = await self._asked(gateway, folder, play, pulse)
            await pulse.still()
        return outcome

    async def _asked(self, gateway: Gateway, folder: Path, play: Play, pulse: Pulse) -> Outcome:
        provider = gateway.plugins.provider(self.provider)
        request = structs.replace(
            play.transcript.request(provider), working_dir=str(folder), timeout_ms=play.timeout_ms
        )
        tool = next(each for each in provider.info.offered() if each.request is type(request))
        ticket = await gateway.submit(provider, tool, request, mode="async")
        if play.cancelled:
            await pulse.beat()
            await gateway.cancel(ticket.job.id)
        reply = await gateway.wait(ticket)
        assert reply is not None
        return reply.outcome

    def _says(self) -> dict[str, str]:
        """The recorded texts by the command lines that print them."""
        info, texts = self.tested.info, read_help(self.folder)
        return {" ".join(each.args): texts.get(help_file(each), "") for each in (info.version, *info.help)}

    def _hurried(self) -> Plugins:
        """The plugin, with less patience for a CLI that is asked to end."""
        provider = copy.copy(self.tested)
        provider.info = structs.replace(provider.info, grace=GRACE)
        return structs.replace(self.loaded, providers={self.provider: provider})
