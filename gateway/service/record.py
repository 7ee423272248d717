"""What an attempt was started with, kept beside its output: enough for another gateway to carry on."""

import os
from typing import Literal

import msgspec
from msgspec import Struct

from gateway.domain.launch import Autonomy, Launch, Resume
from gateway.domain.outcome import Ending
from gateway.domain.request import Request
from gateway.errors import NotFound
from gateway.host.spool import Spool, write_private
from gateway.plugin.provider import Provider
from gateway.rules.prompt import Prompt
from gateway.service.prepare import Attempt, Prepared

NAME = "attempt.json"


class Record(Struct, frozen=True, kw_only=True):
    """One attempt. The launch is without its prompt, environment and files, which decoding does not need."""

    tool: str
    request: msgspec.Raw
    prompt: Prompt
    directory: str
    executable: str
    version: str
    autonomy: Autonomy | None
    resume: Resume
    args: tuple[str, ...]
    framing: Literal["lines", "document"]
    env: dict[str, str]
    warnings: tuple[str, ...]
    deadline: float
    """Unix seconds at which the wall-clock limit is reached."""
    idle: float | None
    failed: tuple[Ending, ...] = ()
    """How the attempts before this one ended."""

    @property
    def launch(self) -> Launch:
        return Launch(args=self.args, framing=self.framing, env=self.env, warnings=self.warnings)

    def asked(self, provider: Provider) -> Request:
        """The request, as the type that the provider's tool takes."""
        for tool in provider.info.offered():
            if tool.name == self.tool:
                return msgspec.json.decode(self.request, type=tool.request)
        raise NotFound(f"The provider {provider.name} no longer has the tool {self.tool}.")


def record(prepared: Prepared, attempt: Attempt, args: list[str], deadline: float) -> Record:
    """The record of an attempt that is about to start."""
    launch = attempt.launch
    return Record(
        tool=prepared.tool,
        request=msgspec.Raw(msgspec.json.encode(prepared.request)),
        prompt=prepared.prompt,
        directory=prepared.directory,
        executable=prepared.executable,
        version=prepared.installed.version,
        autonomy=prepared.autonomy,
        resume=attempt.resume,
        args=tuple(args),
        framing=launch.framing,
        env=dict(launch.env),
        warnings=(*prepared.warnings, *launch.warnings),
        deadline=deadline,
        idle=prepared.idle,
    )


def write_record(spool: Spool, told: Record) -> None:
    write_private(os.path.join(spool.path, NAME), msgspec.json.encode(told))


def read_record(spool: Spool) -> Record | None:
    """The record, or None: the gateway died before it was whole, and so before the process was started."""
    try:
        with open(os.path.join(spool.path, NAME), "rb") as file:
            return msgspec.json.decode(file.read(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
