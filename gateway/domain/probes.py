"""Questions a plugin asks of the world, and what the core saw. The plugin declares, the core looks."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Command(Struct, frozen=True):
    """Run the provider's CLI with these arguments and read what it prints."""

    args: tuple[str, ...]
    timeout: float = 20.0
    """Seconds."""


class HomeFile(Struct, frozen=True):
    """A file of the CLI's: below the folder that ``root_variable`` names, else below ``folder`` in the home.

    ``path`` may hold ``*``: the newest match counts. Where ``content`` is false only its presence is told.
    """

    path: str
    content: bool = True
    root_variable: str = ""
    folder: str = ""
    """Where the CLI keeps its files when the variable is not set, relative to the home, such as ``.acme``."""
    settings: bool = False
    """It lies where programs with windows keep their settings: in ``Library/Application Support`` of the home on macOS,
    else in ``$XDG_CONFIG_HOME`` or ``.config``. Variable and folder do not count then."""


class JobFile(Struct, frozen=True):
    """A file that the CLI wrote into an ``OutDir``, or to an ``OutFile``, of its own run."""

    path: str


class EnvVar(Struct, frozen=True):
    """Whether an environment variable is set; its value is never read."""

    name: str


class Package(Struct, frozen=True):
    """The newest release in a package registry."""

    registry: Literal["npm", "pypi"]
    name: str


Probe = Command | HomeFile | EnvVar | Package


class Reading(Struct, frozen=True):
    """What the core saw: the text of a file, the output of a command, a version."""

    found: bool
    text: str = ""
    returncode: int | None = None


Readings = Mapping[Probe, Reading]


class Login(Struct, frozen=True):
    """Whether the CLI is logged in. ``unknown`` is an honest answer."""

    state: Literal["logged_in", "logged_out", "unknown"]
    detail: str = ""


class Finding(Struct, frozen=True):
    """One line of a report: what is wrong, and what to do about it."""

    subject: str
    message: str
    remedy: str = ""
    level: Literal["info", "warning", "error"] = "warning"
    detail: str = ""
    """A traceback, where there is one."""
