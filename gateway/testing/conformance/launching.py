"""Checks of how requests are started."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.launch import LADDER, Installed, McpServer, Resume, TempFile, lower
from gateway.domain.provider import ProviderInfo, ResumeMode
from gateway.domain.request import Request
from gateway.errors import InvalidRequest, TooLarge
from gateway.rules import prompt as prompts
from gateway.rules.flags import declared
from gateway.testing.conformance.battery import REPEATABLE, Battery, Try, word_of
from gateway.testing.conformance.fields import closed, free
from gateway.testing.sealed import sealed
from gateway.testing.transcripts import FRESH_ID

AWKWARD = (
    "--version", "--yolo", "-hello", "-", "/config verbose=true", "resume", "help", "@/etc/hostname", "a\n--yolo\nb",
    " leading and trailing ", "Grüße, 世界 ✓",
)  # fmt: skip
"""Prompts that some CLI has taken for something else."""
LARGE = "Zeile für Zeile. " * 60_000
MARK = "zq7q"
SERVERS = (
    McpServer(name="filing", command="mcp-filing", args=("--root", "/srv"), env={"FILING_KEY": MARK}),
    McpServer(name="calling", url="https://example.org/mcp", headers={"Authorization": f"Bearer {MARK}"}),
)
BEGINNINGS = ("-", "--", "--yolo ", "--a=b ", "-x\n", " --", "\n-", "\t--", "a b --")
hostile = st.builds(
    "{}{}{}".format,
    st.sampled_from(BEGINNINGS),
    st.just(MARK),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)


class Launching(Battery):
    """Arguments, prompt, sessions, posture."""

    def test_launch_is_sealed_and_always_the_same(self, mode: ResumeMode) -> None:
        ways = list(self.tries(mode))
        for way in ways:
            with sealed():
                assert self.start(way.request, way.resume) == way

    def test_what_comes_before_the_launch_is_sealed_and_always_the_same(self) -> None:
        environ = {"HOME": "/home/dev", "PATH": "/usr/bin"}
        for tool in self.tested.info.offered():
            request = self.ask(tool)
            first = self._before(request, environ)
            with sealed():
                assert self._before(request, environ) == first

    def _before(self, request: Request, environ: dict[str, str]) -> tuple[Any, ...]:
        tested = self.tested
        try:
            resume: Resume | str = tested.resume(request, None, FRESH_ID)
        except InvalidRequest as refused:
            resume = str(refused)
        return resume, tested.risk(request), dict(tested.environ(environ))

    @REPEATABLE
    @given(text=hostile)
    def test_no_value_of_a_request_becomes_a_flag(self, text: str) -> None:
        info = self.tested.info
        takers = _value_flags(info)
        for tool in info.offered():
            for arguments in free(tool.request, text):
                try:
                    request = self.ask(tool, **arguments)
                    way = self.start(request, self.tested.resume(request, None, FRESH_ID))
                except InvalidRequest:
                    continue
                assert list(_loose(way.words, takers)) == [], arguments

    def test_prompt_travels_beside_the_arguments(self, mode: ResumeMode, awkward: str) -> None:
        plain = [way.words for way in self.tries(mode)]
        ways = list(self.tries(mode, awkward))
        assert [way.words for way in ways] == plain, "the arguments depend on the prompt"
        assert [way for way in ways if not _carried(way, awkward)] == []

    def test_large_prompt_travels_whole_or_is_refused(self) -> None:
        try:
            prompts.check(LARGE, self.tested.info.prompt_limit)
        except TooLarge:
            return
        ways = list(self.tries("new", LARGE))
        assert [way for way in ways if not _carried(way, LARGE)] == []

    def test_mcp_server_reaches_the_cli_and_its_secrets_are_no_arguments(self) -> None:
        tested = self.tested
        if not tested.info.capabilities.takes_mcp_servers:
            pytest.skip("declare capabilities.takes_mcp_servers where MCP servers can be handed to a run")
        request = self.ask(tested.info.offered()[0])
        launch = tested.launch(request, Resume("new", FRESH_ID), "hello", None, SERVERS, Installed())
        words = [word_of(argument) for argument in launch.args]
        private = (*launch.args, *launch.env_files.values())
        files = [word.content.decode() for word in private if isinstance(word, TempFile)]
        told = "\n".join((*words, *files, *launch.env.values()))
        assert [server.name for server in SERVERS if server.name not in told] == []
        assert MARK in told
        assert [word for word in words if MARK in word] == []

    def test_claimed_resume_mode_can_be_started(self, mode: ResumeMode) -> None:
        ways = list(self.tries(mode))
        assert ways != [], f"no tool can be started with the resume mode {mode}"
        named = [way for way in ways if mode in ("id", "fork")]
        assert [way for way in named if not any(self.native_id() in word for word in way.words)] == []

    def test_claimed_resume_mode_can_be_asked_for(self, mode: ResumeMode) -> None:
        assert mode in {resume.mode for resume in self._resumes()}

    def _resumes(self) -> Iterator[Resume]:
        """How the run continues, for each way to ask that a single field or two of them give."""
        ways: tuple[dict[str, Any], ...] = ({}, {"sessionId": self.native_id()}, {"resumeLatest": True})
        for tool in self.tested.info.offered():
            for arguments in ({**way, **more} for way in ways for more in ({}, *closed(tool.request))):
                try:
                    yield self.tested.resume(self.ask(tool, **arguments), None, FRESH_ID)
                except InvalidRequest:
                    continue

    def test_session_id_of_the_request_is_the_one_that_is_continued(self) -> None:
        if "id" not in self.tested.info.capabilities.resume:
            pytest.skip('declare "id" in capabilities.resume where the CLI continues a session by its id')
        request = self.ask(self.tested.info.offered()[0], sessionId=self.native_id())
        assert self.tested.resume(request, None, FRESH_ID) == Resume("id", self.native_id())

    def test_new_session_wins_over_every_resume_option(self) -> None:
        tool = self.tested.info.offered()[0]
        request = self.ask(tool, sessionId=self.native_id(), resumeLatest=True, createNewSession=True)
        assert self.tested.resume(request, None, FRESH_ID).mode == "new"

    def test_autonomy_never_widens_what_was_asked(self) -> None:
        for way in self._postures():
            asked = self.tested.risk(way.request).autonomy
            for autonomy in LADDER:
                if autonomy != lower(autonomy, asked):
                    again = self.start(way.request, way.resume, autonomy=autonomy)
                    assert again.words == way.words, (asked, autonomy)

    def test_read_only_leaves_nothing_of_the_widest_posture(self) -> None:
        for way in self._postures():
            if self.tested.risk(way.request).autonomy != "full":
                continue
            plain = self.start(self.ask(self.tested.info.offered()[0]), way.resume)
            narrowed = self.start(way.request, way.resume, autonomy="read_only")
            added = set(_units(way.words)) - set(_units(plain.words))
            assert added & set(_units(narrowed.words)) == set()
            assert added, "the posture full changes nothing: is it told to the CLI?"

    def _postures(self) -> Iterator[Try]:
        """A launch for each value of each closed field: some of them change the posture."""
        tool = self.tested.info.offered()[0]
        for arguments in ({}, *closed(tool.request)):
            try:
                yield self.start(self.ask(tool, **arguments), Resume("new", FRESH_ID))
            except InvalidRequest:
                continue


def _value_flags(info: ProviderInfo) -> set[str]:
    """Flags that a value may follow."""
    own = {item.flag.name for tool in info.offered() for item in declared(tool.request)}
    return {*own, *info.base_flags, "--"}


def _loose(words: list[str], takers: set[str]) -> Iterator[str]:
    """Arguments that hold the marked value and are neither ``--flag=value`` nor the value of the flag before."""
    for before, word in zip(["", *words], words, strict=False):
        head, joined, _ = word.partition("=")
        own_flag = word.startswith("-") and joined and MARK not in head
        follows = before in takers and not word.startswith("-")
        if MARK in word and not own_flag and not follows:
            yield word


def _carried(way: Try, prompt: str) -> bool:
    """Whether the prompt is on stdin or in a file, whole, with nothing but white space before it."""
    files = [word.content for word in way.launch.args if isinstance(word, TempFile)]
    texts = [data.decode() for data in (way.launch.stdin, *files)]
    return any(text.endswith(prompt) and not text.removesuffix(prompt).strip() for text in texts)


def _units(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Each flag with the values behind it."""
    unit: tuple[str, ...] = ()
    for word in words:
        if word.startswith("-") and unit:
            yield unit
            unit = ()
        unit = (*unit, word)
    yield unit
