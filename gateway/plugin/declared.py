"""A provider from a TOML file: a plugin like any other, whose hooks do what the file says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import msgspec

from gateway.domain.approvals import Risk
from gateway.domain.events import Event, Message
from gateway.domain.launch import Argument, Autonomy, Installed, Launch, Resume, TempFile, lower
from gateway.domain.outcome import Ending, Exit, Outcome
from gateway.domain.probes import Command, Login, Readings
from gateway.domain.provider import Capabilities, ProviderInfo, ResumeMode
from gateway.domain.request import Request, replace
from gateway.errors import ConfigError, InvalidRequest, Refused
from gateway.hookspecs import hookimpl
from gateway.plugin.declaration import SESSION, Declaration
from gateway.plugin.parameters import POSTURE, request_type
from gateway.plugin.taking import taken
from gateway.rules.flags import argv
from gateway.rules.toml import read_toml

NAME = r"[a-z][a-z0-9_]*"
MOST = 1024 * 1024
"""Bytes that a file may have."""
SAME = (
    "session_id", "env", "secrets", "login", "prompt_limit", "idle_timeout", "grace", "prices", "priced_as_of",
)  # fmt: skip
"""Facts of a provider that stand in its file as they are."""


class Declared:
    """The plugin that a file declares. Its methods are the hooks; ConfigError: the file is wrong."""

    def __init__(self, path: str) -> None:
        self.name = PurePath(path).stem
        self.file = path
        self.__name__ = path  # what a plugin that is a module has: where it lives
        if not re.fullmatch(NAME, self.name):
            raise ConfigError(
                f"{path}: {self.name!r} cannot be the name of a provider.",
                hint="Name the file with small letters, digits and _, such as acme.toml.",
            )
        self.said = read_toml(_content(path), Declaration, path)
        self.request = request_type(self.said, self.name, path)
        self.document = self.said.output.format != "ndjson"
        self.plain = self.said.output.format == "text"

    @hookimpl
    def gateway_provider(self) -> ProviderInfo:
        said = self.said
        return ProviderInfo(
            name=self.name,
            title=said.title or self.name.replace("_", " ").title(),
            executable=said.executable,
            request=self.request,
            capabilities=Capabilities(
                resume=self._modes(),
                streams=not self.document,
                chooses_session_id=bool(said.resume.new),
                plain=self.plain,
            ),
            base_flags=self._flags(),
            login_probes=(Command(said.login_check),) if said.login_check else (),
            version=Command(said.version),
            help=tuple(Command(words) for words in said.help),
            catalog=replace(said.catalog, source="config"),
            docs=said.docs or self.file,
            install=said.install or (f"see {self.file}",),
            **{name: getattr(said, name) for name in SAME},
        )

    def _modes(self) -> frozenset[ResumeMode]:
        said: dict[ResumeMode, bool] = {
            "new": True,
            "latest": bool(self.said.resume.latest),
            "id": bool(self.said.resume.id),
        }
        return frozenset(mode for mode, known in said.items() if known)

    def _flags(self) -> tuple[str, ...]:
        """The flags that do not come from parameters."""
        said, resume = self.said, self.said.resume
        lists = (said.arguments, resume.new, resume.latest, resume.id, *said.autonomy.values())
        words = [*(word for words in lists for word in words), said.prompt.flag]
        return tuple(dict.fromkeys(word.partition("=")[0] for word in words if word.startswith("-")))

    # before the process

    @hookimpl
    def gateway_environ(self) -> Mapping[str, str]:
        return self.said.environ

    @hookimpl
    def gateway_risk(self, request: Request) -> Risk:
        return Risk(self._asked(request))

    def _asked(self, request: Request) -> Autonomy:
        asked: Autonomy = getattr(request, POSTURE, next(iter(self.said.postures), "ask"))
        return asked

    @hookimpl
    def gateway_launch(
        self, request: Request, resume: Resume, prompt: str, autonomy: Autonomy | None, installed: Installed
    ) -> Launch:
        asked = self._asked(request)
        on_stdin = self.said.prompt.transport == "stdin"
        return Launch(
            args=(
                *self.said.arguments,
                *self._held_to(asked if autonomy is None else lower(asked, autonomy)),
                *argv(request, resume, installed),
                *self._continuation(resume),
                *(() if on_stdin else self._file(prompt)),
            ),
            stdin=prompt.encode() if on_stdin else b"",
            framing="document" if self.document else "lines",
        )

    def _held_to(self, allowed: Autonomy) -> tuple[str, ...]:
        """The arguments of the widest posture that is declared and allowed."""
        known = [each for each in self.said.postures if lower(each, allowed) == each]
        if known:
            return self.said.autonomy[known[-1]]
        if self.said.autonomy or allowed == "read_only":
            raise Refused(
                f"{self.name} cannot be held to {allowed}: {self.file} does not say how.",
                hint=f"Give its [autonomy] a key {allowed}: the arguments that hold it to that, "
                "[] where it can do no more.",
            )
        return ()

    def _continuation(self, resume: Resume) -> Iterator[str]:
        id = resume.session_id
        words = {"latest": self.said.resume.latest, "id": self.said.resume.id, "new": self.said.resume.new}
        if resume.mode not in self._modes():
            raise InvalidRequest(
                f"{self.name} cannot continue a session like this.", hint="Begin a new session."
            )
        if id is not None and id.startswith("-"):
            raise InvalidRequest(f"{id!r} is no session id.", hint="Use the sessionId of an earlier result.")
        if id is None and resume.mode != "latest":
            return
        yield from (word.replace(SESSION, id or "") for word in words[resume.mode])

    def _file(self, prompt: str) -> tuple[Argument, ...]:
        """The arguments that name the file of the prompt."""
        flag = self.said.prompt.flag
        if flag and not flag.endswith("="):
            return (flag, TempFile("prompt.txt", prompt.encode()))
        return (TempFile("prompt.txt", prompt.encode(), flag),)

    # while it runs

    @hookimpl
    def gateway_decode(self, frames: Sequence[bytes]) -> Iterator[Event]:
        for frame in frames:
            if self.plain:
                yield Message(frame.decode(errors="replace").strip())
            else:
                yield from taken(self.said.output, msgspec.json.decode(frame))

    # after it has ended

    @hookimpl
    def gateway_judge(self, outcome: Outcome, exit: Exit) -> Outcome:
        whole = self.plain or outcome.finished
        if outcome.ending == "ok" and outcome.error is None and exit.returncode == 0 and whole:
            return outcome if outcome.text.strip() else replace(outcome, ending="empty")
        said = exit.stderr_tail.strip() or (outcome.text.strip() if self.plain else "")
        unsaid = "" if whole else " without saying that it had finished"
        error = outcome.error or said or f"It ended with status {exit.returncode}{unsaid}."
        told: Ending = outcome.ending if outcome.ending != "ok" else "provider_error"
        return replace(outcome, ending=self._ending(f"{error}\n{said}") or told, error=error)

    def _ending(self, said: str) -> Ending | None:
        """The first ending one of whose patterns is in what was said."""
        named = self.said.endings.items()
        found = (ending for ending, each in named if any(re.search(one, said, re.IGNORECASE) for one in each))
        return next(found, None)

    @hookimpl
    def gateway_login(self, readings: Readings) -> Login | None:
        for reading in readings.values():
            if reading.found and reading.returncode is not None:
                return Login("logged_in" if reading.returncode == 0 else "logged_out", reading.text.strip())
        return None


def _content(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST + 1)
        if len(data) <= MOST:
            return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}.", hint="Correct the file, or remove it."
        ) from None
    raise ConfigError(f"{path} is larger than {MOST} bytes.", hint="Make it smaller, or remove it.")
