"""How a request is started: arguments, files, environment, standard input."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Autonomy = Literal["read_only", "ask", "edit", "full"]
"""How much a run may do without asking, from least to most."""

LADDER: tuple[Autonomy, ...] = ("read_only", "ask", "edit", "full")


def lower(one: Autonomy, other: Autonomy) -> Autonomy:
    """The lesser of two postures: a gate only ever narrows."""
    return min(one, other, key=LADDER.index)


class Resume(Struct, frozen=True):
    """How a run continues a conversation. ``session_id`` is always the CLI's own id.

    ========  ================================================================================
    new       a new session; the id is set where the CLI lets us choose it
    latest    the newest session the CLI knows
    id        this session
    fork      a new session that starts from this one (from the newest, where no id is given)
    ========  ================================================================================
    """

    mode: Literal["new", "latest", "id", "fork"] = "new"
    session_id: str | None = None


class TempFile(Struct, frozen=True):
    """An argument that is a private file: the core writes it and puts its path behind ``before``."""

    name: str
    content: bytes
    before: str = ""


class OutDir(Struct, frozen=True):
    """An argument that is a private directory the CLI writes to."""

    name: str
    before: str = ""


class OutFile(Struct, frozen=True):
    """An argument that is the path of a private file the CLI writes."""

    name: str
    before: str = ""


Argument = str | TempFile | OutDir | OutFile


class McpServer(Struct, frozen=True, kw_only=True):
    """An MCP server of the user's configuration that a run may use."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    url: str = ""
    headers: Mapping[str, str] = {}


class Launch(Struct, frozen=True, kw_only=True):
    """What the core needs to start the CLI once. The executable itself is not part of ``args``."""

    args: tuple[Argument, ...]
    stdin: bytes = b""
    """What it reads from standard input, to the end: the prompt."""
    env: Mapping[str, str] = {}
    """Laid over its environment, for what depends on the request; what does not is for `gateway_environ`."""
    env_files: Mapping[str, TempFile] = {}
    """Variables that hold the path of a private file, such as one of settings for this run alone."""
    framing: Literal["lines", "document"] = "lines"
    """Each line is a frame; or all that it prints is one, which is decoded when it has ended."""
    warnings: tuple[str, ...] = ()
    """What the caller is told beside the answer."""


class Installed(Struct, frozen=True):
    """The binary that is there: its version and the flags its help lists. Empty means: not known."""

    version: str = ""
    flags: frozenset[str] = frozenset()

    def has(self, flag: str) -> bool:
        """Whether the help lists the flag; an unread help is taken to list everything."""
        return not self.flags or flag in self.flags

    def at_least(self, version: str) -> bool:
        """Whether the binary is this version or newer; an unknown version is taken to be new."""
        return not self.version or version_key(self.version) >= version_key(version)


def version_key(version: str) -> tuple[int, ...]:
    """Digits of a dotted version, for comparing: ``2.1.330`` becomes ``(2, 1, 330)``, and ``2.1.0`` is ``2.1``."""
    digits = [int(part) for part in version.split("-", 1)[0].split(".") if part.isdigit()]
    while digits and not digits[-1]:
        digits.pop()
    return tuple(digits)
