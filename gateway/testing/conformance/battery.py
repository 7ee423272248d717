"""What all the checks need: the plugin under test, its recordings, requests to try."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from msgspec import Struct

from gateway.domain.launch import Argument, Autonomy, Installed, Launch, Resume
from gateway.domain.provider import ResumeMode, Tool
from gateway.domain.request import Request
from gateway.errors import InvalidRequest
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.testing.transcripts import FRESH_ID, Transcript, read_transcripts

REPEATABLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
"""The same examples on every run and every machine, as many as the profile of whoever runs them says."""


UNRECORDED = "record runs of the CLI, and name their folder in `transcripts`"


class Try(Struct, frozen=True):
    """A request and how the plugin would start it."""

    request: Request
    resume: Resume
    launch: Launch

    @property
    def words(self) -> list[str]:
        """The arguments as text; a private file is what stands before its path, and its name."""
        return [word_of(argument) for argument in self.launch.args]


class Battery:
    """The attributes an author sets."""

    provider: ClassVar[str]
    plugin: ClassVar[str] = ""
    """The entry point, a module, or the path of a TOML file; empty: the entry point of the provider's name."""
    transcripts: ClassVar[Path | None] = None
    """The folder of the recordings. Without one, whatever needs them is left out."""
    secret_samples: ClassVar[tuple[str, ...] | None] = ()
    """For each of ``secrets`` something that it must catch. No real key! None leaves that out."""
    arguments: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """By tool: what a request needs beside its prompt to be valid."""
    checked_provider: ClassVar[str | None] = None
    """By which the plugin of pytest knows a check: the provider."""
    also_imports: ClassVar[tuple[str, ...]] = ()
    """Modules the plugin may import beside the pure ones."""

    def __init_subclass__(cls) -> None:
        cls.checked_provider = getattr(cls, "provider", None)

    @property
    def loaded(self) -> Plugins:
        """The plugin and nothing else."""
        return loaded(self.plugin or self.provider)

    @property
    def tested(self) -> Provider:
        """The provider. A plugin that does not load fails every check with its traceback."""
        plugins = self.loaded
        assert not plugins.findings, plugins.findings[0].detail
        return plugins.provider(self.provider)

    @property
    def folder(self) -> Path:
        """Where the recordings lie."""
        if self.transcripts is None:
            pytest.skip(UNRECORDED)
        return self.transcripts

    @property
    def recorded(self) -> list[Transcript]:
        """The transcripts."""
        return recordings(self.folder)

    def ask(self, tool: Tool, **arguments: Any) -> Request:
        """A request to a tool, from arguments by their names on the wire."""
        needed = self.arguments.get(tool.name, {})
        return accept({"prompt": "hello", **needed, **arguments}, tool.request)[0]

    def needs_form(self) -> None:
        """Leave out what cannot hold for a CLI that prints nothing but its answer."""
        if self.tested.info.capabilities.plain:
            pytest.skip(
                "capabilities.plain is declared: any text is an answer. Ask the CLI for JSON where it has it"
            )

    def native_id(self) -> str:
        """A session id as the CLI makes them."""
        known = (
            each.expected.session_id for each in recordings(self.transcripts) if each.expected.resume == "new"
        )
        told = next((name for name in known if isinstance(name, str)), None)
        if (
            told is None
            and self.transcripts is None
            and not re.fullmatch(self.tested.info.session_id, FRESH_ID)
        ):
            pytest.skip(UNRECORDED)
        return told or FRESH_ID

    def start(
        self, request: Request, resume: Resume, prompt: str = "hello", autonomy: Autonomy | None = None
    ) -> Try:
        """How the plugin would start a request, with nothing known of the installed CLI."""
        return Try(request, resume, self.tested.launch(request, resume, prompt, autonomy, (), Installed()))

    def tries(self, mode: ResumeMode = "new", prompt: str = "hello", **arguments: Any) -> Iterator[Try]:
        """The tools' launches in a resume mode. A tool that refuses the mode gives none."""
        chooses = mode != "new" or self.tested.info.capabilities.chooses_session_id
        resume = Resume(mode, self.native_id() if chooses and mode != "latest" else None)
        for tool in self.tested.info.offered():
            try:
                yield self.start(self.ask(tool, **arguments), resume, prompt)
            except InvalidRequest:
                continue


def word_of(argument: Argument) -> str:
    """An argument as text."""
    return argument if isinstance(argument, str) else f"{argument.before}<{argument.name}>"


@cache
def loaded(plugin: str) -> Plugins:
    """The plugin and nothing else. Values only: it can be shared by all checks."""
    return load(only=[plugin])


@cache
def recordings(folder: Path | None) -> list[Transcript]:
    """The transcripts of a folder, read once; none where there is no folder."""
    return [] if folder is None else read_transcripts(folder)
