"""Recorded runs of a CLI, and what a provider makes of them.

A folder holds, for each case:

CASE.stdout, CASE.stderr   what the CLI printed
CASE.exit                  its status; negative: the signal that ended it
CASE.log                   optional: the file that `gateway_session_log` names
CASE.json                  what is to come of it, written by hand: see `Expected`
help/ARGS.txt              what the commands of ``help`` and ``version`` print: their arguments without leading
                           dashes, joined by ``_``: ``help.txt``, ``exec_help.txt``
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway.domain.events import Event
from gateway.domain.launch import Installed, Resume
from gateway.domain.outcome import Ending, Exit, Outcome
from gateway.domain.probes import Command
from gateway.domain.provider import ProviderInfo, ResumeMode
from gateway.domain.request import Request, given
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.flags import declared
from gateway.rules.fold import Fold
from gateway.rules.framing import framing

FRESH_ID = "5f0c1c52-7f0a-4c6e-9d39-2b1f6d2f4e10"
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CASE.json: the request that was made and the outcome it is to have. What is left out is not compared."""

    ending: Ending
    resume: ResumeMode = "new"
    request: dict[str, Any] = {}
    """Arguments beside the prompt, by their names on the wire."""
    tool: str = ""
    """The provider's tool that was called; empty: its first."""
    text: str | UnsetType = UNSET
    session_id: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    usage: dict[str, float | None] = {}
    usage_scope: str | UnsetType = UNSET
    error: str | UnsetType | None = UNSET
    """A piece of the error's text; null: there is none."""
    tools_used: int | UnsetType = UNSET
    warnings: tuple[str, ...] = ()
    """Pieces of warnings that must be among the outcome's."""


class Transcript(Struct, frozen=True, kw_only=True):
    """One recorded run."""

    name: str = ""
    stdout: bytes = b""
    stderr: bytes = b""
    exit: int = 0
    log: bytes | None = None
    expected: Expected = Expected(ending="ok")

    def request(self, provider: Provider) -> Request:
        """The request that was made."""
        tools = {tool.name: tool.request for tool in provider.info.offered()}
        kind = tools.get(self.expected.tool, next(iter(tools.values())))
        return accept({"prompt": "hello", **self.expected.request}, kind)[0]

    def resume(self) -> Resume:
        """How the run continued its session."""
        expected = self.expected
        asked = expected.request.get("sessionId")
        known = asked or (expected.session_id if given(expected.session_id) else None) or FRESH_ID
        return Resume(expected.resume, None if expected.resume == "latest" else str(known))


class Replay:
    """A transcript as a provider understands it."""

    def __init__(self, provider: Provider, transcript: Transcript) -> None:
        self.transcript = transcript
        self.request = transcript.request(provider)
        self.resume = transcript.resume()
        self.launch = provider.launch(self.request, self.resume, "hello", None, (), Installed())
        self._provider = provider

    def frames(self) -> list[bytes]:
        """What was printed, as lines or as one document."""
        frames = framing(self.launch.framing)
        return [*frames.feed(self.transcript.stdout), *frames.end()]

    def events(self, chunks: Iterable[bytes]) -> list[Event]:
        """What the output means where it comes in these pieces."""
        frames = framing(self.launch.framing)
        batches = [*(frames.feed(chunk) for chunk in chunks), frames.end()]
        return [event for batch in batches for event in self._provider.decode(batch, self.launch)]

    def judged(self, frames: Sequence[bytes], exit: Exit, log: bytes | None = None) -> Outcome:
        """Frames decoded, folded with the session log where the provider wants one, and judged."""
        folded = Fold()
        folded.feed(self._provider.decode(frames, self.launch))
        if log is not None and self._provider.session_log(folded.outcome(exit)) is not None:
            folded.feed(self._provider.decode_log(log))
        return self._provider.judge(self.request, self.resume, folded.outcome(exit), exit)

    def outcome(self) -> Outcome:
        """What came of the recorded run."""
        said = self.transcript.stderr.decode(errors="replace")
        exit = Exit(returncode=self.transcript.exit, stderr_tail=said)
        return self.judged(self.frames(), exit, self.transcript.log)


def read_transcripts(folder: Path) -> list[Transcript]:
    """Every case of a folder, by name."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Transcript:
    log = path.with_suffix(".log")
    return Transcript(
        name=path.stem,
        stdout=path.with_suffix(".stdout").read_bytes(),
        stderr=path.with_suffix(".stderr").read_bytes(),
        exit=int(path.with_suffix(".exit").read_text()),
        log=log.read_bytes() if log.exists() else None,
        expected=msgspec.json.decode(path.read_bytes(), type=Expected),
    )


def help_file(command: Command) -> str:
    """The name of a recorded help text. Arguments that are paths differ from machine to machine."""
    return "_".join(word.lstrip("-") for word in command.args if "/" not in word) + ".txt"


def read_help(folder: Path) -> dict[str, str]:
    """Recorded help texts by file name."""
    return {path.name: path.read_text() for path in sorted((folder / "help").glob("*.txt"))}


def listed_flags(text: str) -> frozenset[str]:
    """The flags that a help text mentions."""
    return frozenset(_FLAG.findall(text))


def declared_flags(info: ProviderInfo) -> frozenset[str]:
    """The flags that a plugin may pass and that the help of today's CLI has to list."""
    flags = [item.flag for tool in info.offered() for item in declared(tool.request)]
    return frozenset(
        {flag.name for flag in flags if not flag.hidden and not flag.until} | set(info.base_flags)
    )


def differences(expected: Expected, outcome: Outcome) -> dict[str, tuple[object, object]]:
    """What an outcome has otherwise than expected: name to what is expected and what there is."""
    plain = ("ending", "text", "session_id", "model", "usage_scope", "tools_used")
    pairs = [(name, getattr(expected, name), getattr(outcome, name)) for name in plain]
    pairs += [
        (f"usage.{name}", value, getattr(outcome.usage, name)) for name, value in expected.usage.items()
    ]
    found = {name: (wanted, got) for name, wanted, got in pairs if wanted is not UNSET and wanted != got}
    if expected.error is not UNSET and not _says(outcome.error, expected.error):
        found["error"] = (expected.error, outcome.error)
    told = "\n".join(outcome.warnings)
    if unsaid := [piece for piece in expected.warnings if piece not in told]:
        found["warnings"] = (unsaid, outcome.warnings)
    return found


def _says(error: str | None, wanted: str | None) -> bool:
    return error is None if wanted is None else wanted in (error or "")
