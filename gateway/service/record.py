"""What an attempt was started with, kept beside its output: enough for another gateway to carry on."""

import os
import shutil
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from gateway.domain.approvals import Approval
from gateway.domain.launch import Autonomy, Launch, Resume
from gateway.domain.provider import Tool
from gateway.domain.questions import Question
from gateway.domain.request import Request, replace
from gateway.errors import NotFound
from gateway.host.faults import reach
from gateway.host.spool import Spool, private_folder, replace_private, write_private
from gateway.plugin.provider import Provider
from gateway.rules.caching import CacheWarning
from gateway.rules.optimize import Optimized
from gateway.rules.prompt import Prompt
from gateway.rules.review import Integrity
from gateway.service.prepare import Attempt, Prepared
from gateway.store.database import unharmed

T = TypeVar("T")

REQUEST = "request.json"


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request as it was taken in, with prompt and directory resolved: enough to begin it in another gateway.

    What else was found then is there for whoever comes back for the answer.
    """

    tool: str
    request: msgspec.Raw
    autonomy: Autonomy | None
    warnings: tuple[str, ...]
    trace: dict[str, str] = {}
    missing_servers: tuple[str, ...] = ()
    integrity: Integrity | None = None
    approval: Approval | None = None
    questions: tuple[Question, ...] = ()
    expiring: CacheWarning | None = None
    saved: Optimized | None = None

    def asked(self, provider: Provider) -> Request:
        """The request, as the type that the provider's tool takes."""
        for tool in provider.info.offered():
            if tool.name == self.tool:
                return _decoded(self.request, tool)
        raise NotFound(f"The provider {provider.name} no longer has the tool {self.tool}.")


def _decoded(request: msgspec.Raw, tool: Tool) -> Request:
    try:
        return msgspec.json.decode(request, type=tool.request)
    except msgspec.DecodeError as error:
        raise NotFound(f"The tool {tool.name} no longer takes such a request: {error}.") from error


def write_asked(folder: str, prepared: Prepared) -> None:
    """Keep a request beside the output it will have. Makes the folder it works in.

    Nobody knows of the request before it is whole here: the database is told next.
    """
    private_folder(folder)
    if prepared.fresh:
        private_folder(prepared.directory)
    write_private(os.path.join(folder, REQUEST), _asked(prepared))
    reach("asked")


def amend_asked(folder: str, prepared: Prepared) -> None:
    """Keep what is asked from now on, in one step: the job is known."""
    replace_private(os.path.join(folder, REQUEST), _asked(prepared))


def _asked(prepared: Prepared) -> bytes:
    request = replace(
        prepared.request,
        prompt=prepared.prompt.text,
        prompt_parts=msgspec.UNSET,
        working_dir=prepared.directory,
    )
    told = Asked(
        tool=prepared.tool,
        request=msgspec.Raw(msgspec.json.encode(request)),
        autonomy=prepared.autonomy,
        warnings=prepared.warnings,
        trace=dict(prepared.trace),
        missing_servers=prepared.missing_servers,
        integrity=prepared.integrity,
        approval=prepared.approval,
        questions=prepared.questions,
        expiring=prepared.expiring,
        saved=prepared.saved and replace(prepared.saved, text=""),
    )
    return msgspec.json.encode(told)


def write_joined(folder: str, flight_id: str, prepared: Prepared, warnings: tuple[str, ...]) -> None:
    """Keep what another caller has asked whose run is that of the job in ``folder``: the reply is to be theirs."""
    asked = replace(prepared, prompt=Prompt("-"), warnings=warnings)
    with unharmed("a reply will be in the words of whoever asked first"):
        write_private(_joined(folder, flight_id), _asked(asked))


def _joined(folder: str, flight_id: str) -> str:
    return os.path.join(folder, f"joined-{flight_id}.json")


def read_joined(folder: str, flight_id: str) -> Asked | None:
    """What a caller has asked who shares a run; None: it is their own, or it could not be kept."""
    return _read(_joined(folder, flight_id))


def forget_asked(folder: str, prepared: Prepared) -> None:
    """Remove what `write_asked` has made of a request that was not taken in."""
    shutil.rmtree(folder, ignore_errors=True)
    if prepared.fresh:
        shutil.rmtree(prepared.directory, ignore_errors=True)


def read_asked(folder: str) -> Asked | None:
    """The request, or None: it was never whole."""
    return _read(os.path.join(folder, REQUEST))


def _read(path: str) -> Asked | None:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    return _whole(content, Asked)


def _whole(content: bytes | None, kind: type[T]) -> T | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=kind)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None


class Record(Struct, frozen=True, kw_only=True):
    """One attempt, in the first line of its spool's lock.

    The launch is without its prompt, environment and files, which decoding does not need. What was asked is written
    once for the job, and again where a retry amends it.
    """

    directory: str
    executable: str
    version: str
    resume: Resume
    args: tuple[str, ...]
    framing: Literal["lines", "document"]
    env: dict[str, str]
    warnings: tuple[str, ...]
    deadline: float
    """Unix seconds at which the wall-clock limit is reached."""
    idle: float | None

    @property
    def launch(self) -> Launch:
        return Launch(args=self.args, framing=self.framing, env=self.env, warnings=self.warnings)


def record(prepared: Prepared, attempt: Attempt, args: list[str], deadline: float) -> Record:
    """The record of an attempt that is about to start."""
    launch = attempt.launch
    return Record(
        directory=prepared.directory,
        executable=prepared.executable,
        version=prepared.installed.version,
        resume=attempt.resume,
        args=tuple(args),
        framing=launch.framing,
        env=dict(launch.env),
        warnings=(*prepared.warnings, *launch.warnings),
        deadline=deadline,
        idle=prepared.idle,
    )


def line(told: Record) -> bytes:
    """A record as it is written down."""
    return msgspec.json.encode(told) + b"\n"


def read_record(spool: Spool) -> Record | None:
    """The record, or None: the gateway died before it was whole, and so before the process was started."""
    return _whole(spool.record(), Record)
